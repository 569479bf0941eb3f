-- Loads the tables of one date into BigQuery, and may be run again:
--
--   bq query --use_legacy_sql=false --parameter=day:DATE:2026-11-01 < scripts/load/bigquery.sql
--
-- Write your output address for gs://acme-leads/published; the dataset leads has to be where the bucket is. contact_id is a whole
-- number here: write STRING in its place where your contacts have texts. The table mql may get your mql_columns behind reasons.

CREATE TABLE IF NOT EXISTS leads.scores (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  score INT64 NOT NULL,
  band STRING,
  grade STRING,
  is_mql BOOL,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  explicit_points INT64 NOT NULL,
  implicit_points INT64 NOT NULL,
  score_in_7d INT64 NOT NULL,
  score_in_30d INT64 NOT NULL,
  score_in_90d INT64 NOT NULL,
  next_change_at TIMESTAMP,
  last_engagement_at TIMESTAMP,
  rules_fulfilled INT64 NOT NULL,
  model STRING,
  model_version STRING,
  suppressed STRING,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.set_scores (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  `set` STRING NOT NULL,
  active BOOL NOT NULL,
  score INT64 NOT NULL,
  band STRING,
  is_mql BOOL,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.breakdown (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  kind STRING NOT NULL,
  `set` STRING,
  rule STRING,
  points INT64 NOT NULL,
  since TIMESTAMP,
  expires_at TIMESTAMP,
  points_after INT64,
  occurrences INT64,
  first_engagement_at TIMESTAMP,
  last_engagement_at TIMESTAMP,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.mql (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  score INT64 NOT NULL,
  band STRING,
  grade STRING,
  mql_since TIMESTAMP,
  mql_expires_at TIMESTAMP,
  status STRING NOT NULL,
  first_mql_at TIMESTAMP,
  times_mql INT64 NOT NULL,
  reasons ARRAY<STRING>,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.mql_events (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  `at` TIMESTAMP NOT NULL,
  event STRING NOT NULL,
  score INT64,
  first_mql_at TIMESTAMP NOT NULL,
  times INT64 NOT NULL,
  cause STRING NOT NULL,
  suppressed STRING,
  event_id STRING NOT NULL,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.score_changes (
  contact_id INT64 NOT NULL,
  as_of TIMESTAMP NOT NULL,
  previous_as_of TIMESTAMP NOT NULL,
  previous_score INT64,
  score INT64,
  previous_band STRING,
  band STRING,
  was_mql BOOL,
  is_mql BOOL,
  new_engagement INT64 NOT NULL,
  expiry INT64 NOT NULL,
  field_change INT64 NOT NULL,
  list_change INT64 NOT NULL,
  model_change INT64 NOT NULL,
  late_data INT64 NOT NULL,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.score_history (
  contact_id INT64 NOT NULL,
  changed_at TIMESTAMP NOT NULL,
  score INT64 NOT NULL,
  previous_score INT64 NOT NULL,
  is_mql BOOL,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE TABLE IF NOT EXISTS leads.rule_stats (
  `set` STRING NOT NULL,
  rule STRING NOT NULL,
  active BOOL NOT NULL,
  kind STRING NOT NULL,
  contacts INT64 NOT NULL,
  share FLOAT64,
  points INT64 NOT NULL,
  decides_mql INT64 NOT NULL,
  dt DATE NOT NULL
)
PARTITION BY dt;

CREATE TABLE IF NOT EXISTS leads.rejects (
  `table` STRING NOT NULL,
  file STRING NOT NULL,
  `row` INT64 NOT NULL,
  reason STRING NOT NULL,
  contact_id STRING,
  dt DATE NOT NULL
)
PARTITION BY dt
CLUSTER BY contact_id;

CREATE OR REPLACE EXTERNAL TABLE leads.scores_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/scores/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/scores'
);

CREATE OR REPLACE EXTERNAL TABLE leads.set_scores_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/set_scores/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/set_scores'
);

CREATE OR REPLACE EXTERNAL TABLE leads.breakdown_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/breakdown/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/breakdown'
);

CREATE OR REPLACE EXTERNAL TABLE leads.mql_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/mql/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/mql'
);

CREATE OR REPLACE EXTERNAL TABLE leads.mql_events_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/mql_events/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/mql_events'
);

CREATE OR REPLACE EXTERNAL TABLE leads.score_changes_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/score_changes/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/score_changes'
);

CREATE OR REPLACE EXTERNAL TABLE leads.score_history_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/score_history/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/score_history'
);

CREATE OR REPLACE EXTERNAL TABLE leads.rule_stats_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/rule_stats/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/rule_stats'
);

CREATE OR REPLACE EXTERNAL TABLE leads.rejects_files
WITH PARTITION COLUMNS (dt DATE)
OPTIONS (
  format = 'PARQUET', enable_list_inference = TRUE,
  uris = ['gs://acme-leads/published/rejects/*.parquet'], hive_partition_uri_prefix = 'gs://acme-leads/published/rejects'
);

BEGIN TRANSACTION;

DELETE FROM leads.scores WHERE dt = @day;
INSERT INTO leads.scores (
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, suppressed,
  dt
)
SELECT
  contact_id, as_of, score, band, grade, is_mql, mql_since, mql_expires_at, explicit_points, implicit_points, score_in_7d,
  score_in_30d, score_in_90d, next_change_at, last_engagement_at, rules_fulfilled, model, model_version, suppressed,
  dt
FROM leads.scores_files
WHERE dt = @day;

DELETE FROM leads.set_scores WHERE dt = @day;
INSERT INTO leads.set_scores (
  contact_id, as_of, `set`, active, score, band, is_mql, mql_since, mql_expires_at, dt
)
SELECT
  contact_id, as_of, `set`, active, score, band, is_mql, mql_since, mql_expires_at, dt
FROM leads.set_scores_files
WHERE dt = @day;

DELETE FROM leads.breakdown WHERE dt = @day;
INSERT INTO leads.breakdown (
  contact_id, as_of, kind, `set`, rule, points, since, expires_at, points_after, occurrences, first_engagement_at,
  last_engagement_at, dt
)
SELECT
  contact_id, as_of, kind, `set`, rule, points, since, expires_at, points_after, occurrences, first_engagement_at,
  last_engagement_at, dt
FROM leads.breakdown_files
WHERE dt = @day;

DELETE FROM leads.mql WHERE dt = @day;
INSERT INTO leads.mql (
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, first_mql_at, times_mql, reasons,
  dt
)
SELECT
  contact_id, as_of, score, band, grade, mql_since, mql_expires_at, status, first_mql_at, times_mql, reasons,
  dt
FROM leads.mql_files
WHERE dt = @day;

DELETE FROM leads.mql_events WHERE dt = @day;
INSERT INTO leads.mql_events (
  contact_id, as_of, `at`, event, score, first_mql_at, times, cause, suppressed, event_id, dt
)
SELECT
  contact_id, as_of, `at`, event, score, first_mql_at, times, cause, suppressed, event_id, dt
FROM leads.mql_events_files
WHERE dt = @day;

DELETE FROM leads.score_changes WHERE dt = @day;
INSERT INTO leads.score_changes (
  contact_id, as_of, previous_as_of, previous_score, score, previous_band, band, was_mql, is_mql, new_engagement, expiry,
  field_change, list_change, model_change, late_data, dt
)
SELECT
  contact_id, as_of, previous_as_of, previous_score, score, previous_band, band, was_mql, is_mql, new_engagement, expiry,
  field_change, list_change, model_change, late_data, dt
FROM leads.score_changes_files
WHERE dt = @day;

DELETE FROM leads.score_history WHERE dt = @day;
INSERT INTO leads.score_history (
  contact_id, changed_at, score, previous_score, is_mql, dt
)
SELECT
  contact_id, changed_at, score, previous_score, is_mql, dt
FROM leads.score_history_files
WHERE dt = @day;

DELETE FROM leads.rule_stats WHERE dt = @day;
INSERT INTO leads.rule_stats (
  `set`, rule, active, kind, contacts, share, points, decides_mql, dt
)
SELECT
  `set`, rule, active, kind, contacts, share, points, decides_mql, dt
FROM leads.rule_stats_files
WHERE dt = @day;

DELETE FROM leads.rejects WHERE dt = @day;
INSERT INTO leads.rejects (
  `table`, file, `row`, reason, contact_id, dt
)
SELECT
  `table`, file, `row`, reason, contact_id, dt
FROM leads.rejects_files
WHERE dt = @day;

COMMIT TRANSACTION;
