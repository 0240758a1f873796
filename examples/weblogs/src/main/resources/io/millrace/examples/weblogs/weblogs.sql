-- The lines as the web servers write them: 17 fields with a space between, '-' for none.
CREATE STREAM weblogs (
  date STRING, time STRING, c_ip STRING, cs_username STRING, s_sitename STRING,
  s_computername STRING, s_ip STRING, s_port INT, cs_method STRING, cs_uri_stem STRING,
  cs_uri_query STRING, sc_status INT, time_taken INT, cs_version STRING, cs_host STRING,
  user_agent STRING, referer STRING,
  event_time AS TO_TIMESTAMP(`date` || ' ' || `time`),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) COMMENT 'Web server log lines, as they come'
  WITH ('format' = 'w3c', 'partitions' = '4', 'serving' = 'off');

-- The same lines as typed rows under an Avro contract; what cannot be read is a dead letter.
CREATE STREAM web_logs (
  event_time AS TO_TIMESTAMP(`date` || ' ' || `time`),
  WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND
) COMMENT 'Requests to our web sites'
AS SELECT `date`, `time`, c_ip, cs_username, s_sitename, s_computername, s_ip, s_port, cs_method,
  cs_uri_stem, cs_uri_query, sc_status, time_taken, cs_version, cs_host, user_agent, referer
FROM weblogs;

-- Reference data: which site is which.
CREATE TABLE sites (s_sitename STRING, site STRING, region STRING, PRIMARY KEY (s_sitename))
  COMMENT 'The web sites that we run';

INSERT INTO sites VALUES
  ('W3SVC1', 'shop', 'emea'), ('W3SVC2', 'blog', 'emea'), ('W3SVC3', 'docs', 'amer'),
  ('W3SVC4', 'api', 'amer'), ('W3SVC5', 'status', 'apac');

-- Each request with the site it went to.
CREATE VIEW requests AS
SELECT w.event_time, w.sc_status, w.time_taken, s.site
FROM (SELECT event_time, sc_status, time_taken, s_sitename, PROCTIME() AS asked FROM web_logs) AS w
JOIN sites FOR SYSTEM_TIME AS OF w.asked AS s ON w.s_sitename = s.s_sitename;

CREATE TABLE traffic_per_minute (PRIMARY KEY (window_start, site))
  COMMENT 'Requests, errors and times by site and minute'
AS SELECT window_start, window_end, site, COUNT(*) AS requests,
  COUNT(*) FILTER (WHERE sc_status >= 500) AS errors,
  AVG(CAST(time_taken AS DOUBLE)) AS average_time, MAX(time_taken) AS maximum_time
FROM TABLE(TUMBLE(TABLE requests, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, site;

CREATE SINK web_logs_files FROM web_logs INTO parquet
  WITH ('path' = '${folder}', 'partition-by' = 'date', 'trigger' = '2 seconds');
