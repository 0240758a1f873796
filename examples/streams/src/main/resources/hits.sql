CREATE TABLE sites (id INT, country STRING NOT NULL, PRIMARY KEY (id));

CREATE STREAM hits (site INT, path STRING, seen TIMESTAMP(3), WATERMARK FOR seen AS seen - INTERVAL '5' SECOND);

CREATE TABLE hits_per_minute (country STRING, minute_start TIMESTAMP(3), hits BIGINT NOT NULL,
  PRIMARY KEY (country, minute_start));
