-- Loads the tables of one date into Snowflake, and may be run again:
--
--   snowsql -D day=2026-11-01 -o variable_substitution=true -f scripts/load/snowflake.sql
--
-- Write your output address and your storage integration. contact_id is a whole number here: write VARCHAR in its place where your
-- contacts have texts. The table mql may get your mql_columns behind reasons. SET, TABLE and ROW are keywords, so these columns
-- are in quotes.
CREATE FILE FORMAT IF NOT EXISTS leadscore_parquet TYPE = PARQUET USE_LOGICAL_TYPE = TRUE;
CREATE STAGE IF NOT EXISTS leadscore_published URL = 'gcs://acme-leads/published/' STORAGE_INTEGRATION = acme_leads
  FILE_FORMAT = leadscore_parquet;

CREATE TABLE IF NOT EXISTS scores (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  grade VARCHAR,
  is_mql BOOLEAN,
  mql_since TIMESTAMP_LTZ,
  mql_expires_at TIMESTAMP_LTZ,
  explicit_points BIGINT NOT NULL,
  implicit_points BIGINT NOT NULL,
  score_in_7d BIGINT NOT NULL,
  score_in_30d BIGINT NOT NULL,
  score_in_90d BIGINT NOT NULL,
  next_change_at TIMESTAMP_LTZ,
  last_engagement_at TIMESTAMP_LTZ,
  rules_fulfilled BIGINT NOT NULL,
  model VARCHAR,
  model_version VARCHAR,
  suppressed VARCHAR,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS set_scores (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  "SET" VARCHAR NOT NULL,
  active BOOLEAN NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  is_mql BOOLEAN,
  mql_since TIMESTAMP_LTZ,
  mql_expires_at TIMESTAMP_LTZ,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS breakdown (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  kind VARCHAR NOT NULL,
  "SET" VARCHAR,
  rule VARCHAR,
  points BIGINT NOT NULL,
  since TIMESTAMP_LTZ,
  expires_at TIMESTAMP_LTZ,
  points_after BIGINT,
  occurrences BIGINT,
  first_engagement_at TIMESTAMP_LTZ,
  last_engagement_at TIMESTAMP_LTZ,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS mql (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  score BIGINT NOT NULL,
  band VARCHAR,
  grade VARCHAR,
  mql_since TIMESTAMP_LTZ,
  mql_expires_at TIMESTAMP_LTZ,
  status VARCHAR NOT NULL,
  first_mql_at TIMESTAMP_LTZ,
  times_mql BIGINT NOT NULL,
  reasons ARRAY NOT NULL,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS mql_events (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  "AT" TIMESTAMP_LTZ NOT NULL,
  event VARCHAR NOT NULL,
  score BIGINT,
  first_mql_at TIMESTAMP_LTZ NOT NULL,
  times BIGINT NOT NULL,
  cause VARCHAR NOT NULL,
  suppressed VARCHAR,
  event_id VARCHAR NOT NULL,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS score_changes (
  contact_id BIGINT NOT NULL,
  as_of TIMESTAMP_LTZ NOT NULL,
  previous_as_of TIMESTAMP_LTZ NOT NULL,
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
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS score_history (
  contact_id BIGINT NOT NULL,
  changed_at TIMESTAMP_LTZ NOT NULL,
  score BIGINT NOT NULL,
  previous_score BIGINT NOT NULL,
  is_mql BOOLEAN,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

CREATE TABLE IF NOT EXISTS rule_stats (
  "SET" VARCHAR NOT NULL,
  rule VARCHAR NOT NULL,
  active BOOLEAN NOT NULL,
  kind VARCHAR NOT NULL,
  contacts BIGINT NOT NULL,
  share FLOAT,
  points BIGINT NOT NULL,
  decides_mql BIGINT NOT NULL,
  dt DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS rejects (
  "TABLE" VARCHAR NOT NULL,
  file VARCHAR NOT NULL,
  "ROW" BIGINT NOT NULL,
  reason VARCHAR NOT NULL,
  contact_id VARCHAR,
  dt DATE NOT NULL
)
CLUSTER BY (dt);

BEGIN;

DELETE FROM scores WHERE dt = TO_DATE('&day');
COPY INTO scores (
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, suppressed,
  dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:score::BIGINT, $1:band::VARCHAR, $1:grade::VARCHAR,
    $1:is_mql::BOOLEAN, $1:mql_since::TIMESTAMP_LTZ, $1:mql_expires_at::TIMESTAMP_LTZ, $1:explicit_points::BIGINT,
    $1:implicit_points::BIGINT, $1:score_in_7d::BIGINT, $1:score_in_30d::BIGINT, $1:score_in_90d::BIGINT,
    $1:next_change_at::TIMESTAMP_LTZ, $1:last_engagement_at::TIMESTAMP_LTZ, $1:rules_fulfilled::BIGINT, $1:model::VARCHAR,
    $1:model_version::VARCHAR, $1:suppressed::VARCHAR, TO_DATE('&day')
  FROM @leadscore_published/scores/dt=&day/
)
FORCE = TRUE;

DELETE FROM set_scores WHERE dt = TO_DATE('&day');
COPY INTO set_scores (
  contact_id, as_of, "SET", active, score, band, is_mql, mql_since, mql_expires_at, dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:set::VARCHAR, $1:active::BOOLEAN, $1:score::BIGINT, $1:band::VARCHAR,
    $1:is_mql::BOOLEAN, $1:mql_since::TIMESTAMP_LTZ, $1:mql_expires_at::TIMESTAMP_LTZ, TO_DATE('&day')
  FROM @leadscore_published/set_scores/dt=&day/
)
FORCE = TRUE;

DELETE FROM breakdown WHERE dt = TO_DATE('&day');
COPY INTO breakdown (
  contact_id, as_of, kind, "SET", rule, points, since, expires_at, points_after, occurrences, first_engagement_at,
  last_engagement_at, dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:kind::VARCHAR, $1:set::VARCHAR, $1:rule::VARCHAR, $1:points::BIGINT,
    $1:since::TIMESTAMP_LTZ, $1:expires_at::TIMESTAMP_LTZ, $1:points_after::BIGINT, $1:occurrences::BIGINT,
    $1:first_engagement_at::TIMESTAMP_LTZ, $1:last_engagement_at::TIMESTAMP_LTZ, TO_DATE('&day')
  FROM @leadscore_published/breakdown/dt=&day/
)
FORCE = TRUE;

DELETE FROM mql WHERE dt = TO_DATE('&day');
COPY INTO mql (
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, first_mql_at, times_mql, reasons,
  dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:score::BIGINT, $1:band::VARCHAR, $1:grade::VARCHAR,
    $1:mql_since::TIMESTAMP_LTZ, $1:mql_expires_at::TIMESTAMP_LTZ, $1:status::VARCHAR, $1:first_mql_at::TIMESTAMP_LTZ,
    $1:times_mql::BIGINT, $1:reasons::ARRAY, TO_DATE('&day')
  FROM @leadscore_published/mql/dt=&day/
)
FORCE = TRUE;

DELETE FROM mql_events WHERE dt = TO_DATE('&day');
COPY INTO mql_events (
  contact_id, as_of, "AT", event, score, first_mql_at, times, cause, suppressed, event_id, dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:at::TIMESTAMP_LTZ, $1:event::VARCHAR, $1:score::BIGINT,
    $1:first_mql_at::TIMESTAMP_LTZ, $1:times::BIGINT, $1:cause::VARCHAR, $1:suppressed::VARCHAR, $1:event_id::VARCHAR,
    TO_DATE('&day')
  FROM @leadscore_published/mql_events/dt=&day/
)
FORCE = TRUE;

DELETE FROM score_changes WHERE dt = TO_DATE('&day');
COPY INTO score_changes (
  contact_id, as_of, previous_as_of, previous_score, score, previous_band, band, was_mql, is_mql, new_engagement, expiry,
  field_change, list_change, model_change, late_data, dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:as_of::TIMESTAMP_LTZ, $1:previous_as_of::TIMESTAMP_LTZ, $1:previous_score::BIGINT,
    $1:score::BIGINT, $1:previous_band::VARCHAR, $1:band::VARCHAR, $1:was_mql::BOOLEAN, $1:is_mql::BOOLEAN,
    $1:new_engagement::BIGINT, $1:expiry::BIGINT, $1:field_change::BIGINT, $1:list_change::BIGINT, $1:model_change::BIGINT,
    $1:late_data::BIGINT, TO_DATE('&day')
  FROM @leadscore_published/score_changes/dt=&day/
)
FORCE = TRUE;

DELETE FROM score_history WHERE dt = TO_DATE('&day');
COPY INTO score_history (
  contact_id, changed_at, score, previous_score, is_mql, dt
)
FROM (
  SELECT
    $1:contact_id::BIGINT, $1:changed_at::TIMESTAMP_LTZ, $1:score::BIGINT, $1:previous_score::BIGINT, $1:is_mql::BOOLEAN,
    TO_DATE('&day')
  FROM @leadscore_published/score_history/dt=&day/
)
FORCE = TRUE;

DELETE FROM rule_stats WHERE dt = TO_DATE('&day');
COPY INTO rule_stats (
  "SET", rule, active, kind, contacts, share, points, decides_mql, dt
)
FROM (
  SELECT
    $1:set::VARCHAR, $1:rule::VARCHAR, $1:active::BOOLEAN, $1:kind::VARCHAR, $1:contacts::BIGINT, $1:share::FLOAT,
    $1:points::BIGINT, $1:decides_mql::BIGINT, TO_DATE('&day')
  FROM @leadscore_published/rule_stats/dt=&day/
)
FORCE = TRUE;

DELETE FROM rejects WHERE dt = TO_DATE('&day');
COPY INTO rejects (
  "TABLE", file, "ROW", reason, contact_id, dt
)
FROM (
  SELECT
    $1:table::VARCHAR, $1:file::VARCHAR, $1:row::BIGINT, $1:reason::VARCHAR, $1:contact_id::VARCHAR, TO_DATE('&day')
  FROM @leadscore_published/rejects/dt=&day/
)
FORCE = TRUE;

COMMIT;
