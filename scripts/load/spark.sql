-- Makes the published tables known to Spark, which reads them where they lie, and shows it new dates. After every run:
--
--   spark-sql -f scripts/load/spark.sql
--
-- Write your output folder for /srv/leads/published. contact_id is a whole number here: write STRING in its place where your contacts
-- have texts. The table mql may get your mql_columns behind reasons.
CREATE DATABASE IF NOT EXISTS leads;

CREATE TABLE IF NOT EXISTS leads.scores (
  contact_id BIGINT,
  as_of TIMESTAMP,
  score BIGINT,
  band STRING,
  grade STRING,
  is_mql BOOLEAN,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  explicit_points BIGINT,
  implicit_points BIGINT,
  score_in_7d BIGINT,
  score_in_30d BIGINT,
  score_in_90d BIGINT,
  next_change_at TIMESTAMP,
  last_engagement_at TIMESTAMP,
  rules_fulfilled BIGINT,
  model STRING,
  model_version STRING,
  suppressed STRING,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/scores';

CREATE TABLE IF NOT EXISTS leads.set_scores (
  contact_id BIGINT,
  as_of TIMESTAMP,
  `set` STRING,
  active BOOLEAN,
  score BIGINT,
  band STRING,
  is_mql BOOLEAN,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/set_scores';

CREATE TABLE IF NOT EXISTS leads.breakdown (
  contact_id BIGINT,
  as_of TIMESTAMP,
  kind STRING,
  `set` STRING,
  rule STRING,
  points BIGINT,
  since TIMESTAMP,
  expires_at TIMESTAMP,
  points_after BIGINT,
  occurrences BIGINT,
  first_engagement_at TIMESTAMP,
  last_engagement_at TIMESTAMP,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/breakdown';

CREATE TABLE IF NOT EXISTS leads.mql (
  contact_id BIGINT,
  as_of TIMESTAMP,
  score BIGINT,
  band STRING,
  grade STRING,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  status STRING,
  first_mql_at TIMESTAMP,
  times_mql BIGINT,
  reasons ARRAY<STRING>,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/mql';

CREATE TABLE IF NOT EXISTS leads.mql_events (
  contact_id BIGINT,
  as_of TIMESTAMP,
  at TIMESTAMP,
  event STRING,
  score BIGINT,
  first_mql_at TIMESTAMP,
  times BIGINT,
  cause STRING,
  suppressed STRING,
  event_id STRING,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/mql_events';

CREATE TABLE IF NOT EXISTS leads.score_changes (
  contact_id BIGINT,
  as_of TIMESTAMP,
  previous_as_of TIMESTAMP,
  previous_score BIGINT,
  score BIGINT,
  previous_band STRING,
  band STRING,
  was_mql BOOLEAN,
  is_mql BOOLEAN,
  new_engagement BIGINT,
  expiry BIGINT,
  field_change BIGINT,
  list_change BIGINT,
  model_change BIGINT,
  late_data BIGINT,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/score_changes';

CREATE TABLE IF NOT EXISTS leads.score_history (
  contact_id BIGINT,
  changed_at TIMESTAMP,
  score BIGINT,
  previous_score BIGINT,
  is_mql BOOLEAN,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/score_history';

CREATE TABLE IF NOT EXISTS leads.rule_stats (
  `set` STRING,
  rule STRING,
  active BOOLEAN,
  kind STRING,
  contacts BIGINT,
  share DOUBLE,
  points BIGINT,
  decides_mql BIGINT,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/rule_stats';

CREATE TABLE IF NOT EXISTS leads.rejects (
  `table` STRING,
  file STRING,
  `row` BIGINT,
  reason STRING,
  contact_id STRING,
  dt DATE
)
USING PARQUET
PARTITIONED BY (dt)
LOCATION '/srv/leads/published/rejects';

MSCK REPAIR TABLE leads.scores;
REFRESH TABLE leads.scores;

MSCK REPAIR TABLE leads.set_scores;
REFRESH TABLE leads.set_scores;

MSCK REPAIR TABLE leads.breakdown;
REFRESH TABLE leads.breakdown;

MSCK REPAIR TABLE leads.mql;
REFRESH TABLE leads.mql;

MSCK REPAIR TABLE leads.mql_events;
REFRESH TABLE leads.mql_events;

MSCK REPAIR TABLE leads.score_changes;
REFRESH TABLE leads.score_changes;

MSCK REPAIR TABLE leads.score_history;
REFRESH TABLE leads.score_history;

MSCK REPAIR TABLE leads.rule_stats;
REFRESH TABLE leads.rule_stats;

MSCK REPAIR TABLE leads.rejects;
REFRESH TABLE leads.rejects;
