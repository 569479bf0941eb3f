-- Takes what a stream has delivered into DuckDB, each delivery once, and may be run again, for the same date or for all dates at once.
-- From the folder that has published/:
--
--   duckdb leads.duckdb < scripts/load/deliveries.sql
--
-- It is for a stream named Lead stream with format: parquet and columns: [contact_id, score]. Write your output folder for published, the
-- folder of your stream for lead_stream, and your columns. Read csv files with read_csv. A date that is published again keeps the rows
-- that it had and may get more, so a row counts as new when its delivery_id is. In BigQuery, Snowflake and Spark the INSERT is the
-- same, from an external table or a stage in the place of read_parquet.

CREATE TABLE IF NOT EXISTS lead_stream (
  delivery_id VARCHAR PRIMARY KEY,
  contact_id BIGINT NOT NULL,
  score BIGINT NOT NULL,
  dt DATE NOT NULL
);

INSERT INTO lead_stream (delivery_id, contact_id, score, dt)
SELECT f.delivery_id, f.contact_id, f.score, f.dt
FROM read_parquet('published/extracts/lead_stream/dt=*/*.parquet', hive_partitioning = true) AS f
WHERE NOT EXISTS (SELECT 1 FROM lead_stream AS known WHERE known.delivery_id = f.delivery_id);
