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
  reasons VARCHAR[] NOT NULL,
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
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, dt
)
SELECT
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, dt
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
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, reasons, dt
)
SELECT
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, reasons, dt
FROM read_parquet('published/mql/dt=2026-11-01/*.parquet', hive_partitioning = true);

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
