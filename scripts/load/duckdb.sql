-- Loads the tables of one date into DuckDB, and may be run again. From the folder that has published/:
--
--   duckdb leads.duckdb < scripts/load/duckdb.sql
--
-- Write your output folder for published and your date for 2026-11-01 (sed does). contact_id is a whole number here, as it is in
-- the demo: write VARCHAR in its place where your contacts have texts. The table mql may get your mql_columns behind reasons.

CREATE TABLE IF NOT EXISTS scores (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  grade VARCHAR,
  is_mql BOOLEAN,
  mql_since TIMESTAMPTZ,
  mql_expires_at TIMESTAMPTZ,
  explicit_points BIGINT NOT NULL,
  implicit_points BIGINT NOT NULL,
  score_in_7d BIGINT NOT NULL,
  score_in_30d BIGINT NOT NULL,
  score_in_90d BIGINT NOT NULL,
  next_change_at TIMESTAMPTZ,
  last_engagement_at TIMESTAMPTZ,
  rules_fulfilled BIGINT NOT NULL,
  model VARCHAR,
  model_version VARCHAR,
  suppressed VARCHAR,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS set_scores (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  "set" VARCHAR NOT NULL,
  active BOOLEAN NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  is_mql BOOLEAN,
  mql_since TIMESTAMPTZ,
  mql_expires_at TIMESTAMPTZ,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS breakdown (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  kind VARCHAR NOT NULL,
  "set" VARCHAR,
  rule VARCHAR,
  points BIGINT NOT NULL,
  since TIMESTAMPTZ,
  expires_at TIMESTAMPTZ,
  points_after BIGINT,
  occurrences BIGINT,
  first_engagement_at TIMESTAMPTZ,
  last_engagement_at TIMESTAMPTZ,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS mql (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  grade VARCHAR,
  mql_since TIMESTAMPTZ,
  mql_expires_at TIMESTAMPTZ,
  status VARCHAR NOT NULL,
  first_mql_at TIMESTAMPTZ,
  times_mql BIGINT NOT NULL,
  reasons VARCHAR[] NOT NULL,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS mql_events (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  "at" TIMESTAMPTZ NOT NULL,
  event VARCHAR NOT NULL,
  score BIGINT,
  first_mql_at TIMESTAMPTZ NOT NULL,
  times BIGINT NOT NULL,
  cause VARCHAR NOT NULL,
  suppressed VARCHAR,
  event_id VARCHAR NOT NULL,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS score_changes (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMPTZ NOT NULL,
  previous_as_of TIMESTAMPTZ NOT NULL,
  previous_score BIGINT,
  score BIGINT,
  previous_band VARCHAR,
  band VARCHAR,
  was_mql BOOLEAN,
  is_mql BOOLEAN,
  new_engagement BIGINT NOT NULL,
  expiry BIGINT NOT NULL,
  field_change BIGINT NOT NULL,
  list_change BIGINT NOT NULL,
  model_change BIGINT NOT NULL,
  late_data BIGINT NOT NULL,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS score_history (
  contact_id BIGINT NOT NULL,
  changed_at TIMESTAMPTZ NOT NULL,
  score BIGINT NOT NULL,
  previous_score BIGINT NOT NULL,
  is_mql BOOLEAN,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS rule_stats (
  "set" VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  active BOOLEAN NOT NULL,
  kind VARCHAR NOT NULL,
  contacts BIGINT NOT NULL,
  share DOUBLE,
  points BIGINT NOT NULL,
  decides_mql BIGINT NOT NULL,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS rejects (
  "table" VARCHAR NOT NULL,
  file VARCHAR NOT NULL,
  "row" BIGINT NOT NULL,
  reason VARCHAR NOT NULL,
  contact_id VARCHAR,
  dt DATE NOT NULL
);

BEGIN TRANSACTION;

DELETE FROM scores WHERE dt = DATE '2026-11-01';
INSERT INTO scores (
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, suppressed,
  dt
)
SELECT
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, suppressed,
  dt
FROM read_parquet('published/scores/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM set_scores WHERE dt = DATE '2026-11-01';
INSERT INTO set_scores (
  contact_id, as_of, "set", active, score, band, is_mql, mql_since, mql_expires_at, dt
)
SELECT
  contact_id, as_of, "set", active, score, band, is_mql, mql_since, mql_expires_at, dt
FROM read_parquet('published/set_scores/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM breakdown WHERE dt = DATE '2026-11-01';
INSERT INTO breakdown (
  contact_id, as_of, kind, "set", rule, points, since, expires_at, points_after, occurrences, first_engagement_at,
  last_engagement_at, dt
)
SELECT
  contact_id, as_of, kind, "set", rule, points, since, expires_at, points_after, occurrences, first_engagement_at,
  last_engagement_at, dt
FROM read_parquet('published/breakdown/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM mql WHERE dt = DATE '2026-11-01';
INSERT INTO mql (
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, first_mql_at, times_mql, reasons,
  dt
)
SELECT
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, first_mql_at, times_mql, reasons,
  dt
FROM read_parquet('published/mql/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM mql_events WHERE dt = DATE '2026-11-01';
INSERT INTO mql_events (
  contact_id, as_of, "at", event, score, first_mql_at, times, cause, suppressed, event_id, dt
)
SELECT
  contact_id, as_of, "at", event, score, first_mql_at, times, cause, suppressed, event_id, dt
FROM read_parquet('published/mql_events/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM score_changes WHERE dt = DATE '2026-11-01';
INSERT INTO score_changes (
  contact_id, as_of, previous_as_of, previous_score, score, previous_band, band, was_mql, is_mql, new_engagement, expiry,
  field_change, list_change, model_change, late_data, dt
)
SELECT
  contact_id, as_of, previous_as_of, previous_score, score, previous_band, band, was_mql, is_mql, new_engagement, expiry,
  field_change, list_change, model_change, late_data, dt
FROM read_parquet('published/score_changes/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM score_history WHERE dt = DATE '2026-11-01';
INSERT INTO score_history (
  contact_id, changed_at, score, previous_score, is_mql, dt
)
SELECT
  contact_id, changed_at, score, previous_score, is_mql, dt
FROM read_parquet('published/score_history/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM rule_stats WHERE dt = DATE '2026-11-01';
INSERT INTO rule_stats (
  "set", rule, active, kind, contacts, share, points, decides_mql, dt
)
SELECT
  "set", rule, active, kind, contacts, share, points, decides_mql, dt
FROM read_parquet('published/rule_stats/dt=2026-11-01/*.parquet', hive_partitioning = true);

DELETE FROM rejects WHERE dt = DATE '2026-11-01';
INSERT INTO rejects (
  "table", file, "row", reason, contact_id, dt
)
SELECT
  "table", file, "row", reason, contact_id, dt
FROM read_parquet('published/rejects/dt=2026-11-01/*.parquet', hive_partitioning = true);

COMMIT;
