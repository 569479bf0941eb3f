package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// peerSQL writes the work of a case as a script for DuckDB, in the fastest of the ways that were tried:
//
//	distinct (channel, action, asset, url) of the data ──▶ meets: which selectors each one meets, matched once
//	engagements ⋈ meets ──▶ recent: contact × selector, the latest instants, as many as any criterion counts
//	recent, contacts, lists ──▶ held: contact × criterion that holds, with its last engagement and its end
//	held ⋈ asked ──▶ fulfilled: contact × rule of which all criteria hold ──▶ breakdown.parquet ──▶ scores.parquet
//
// A filtered aggregate for each criterion is the obvious way; at 20 million engagements it took three times as long with
// 100 rules and had not finished after 500 s with 300. The script means what the model means, to the second: occurred_at
// is rounded down, so that an engagement is within D days when it is not before as-of − D + 1 s, and none is used that is
// not before as-of + 1 s.
func peerSQL(w work, files peerFiles) string {
	p := planOf(makeRules(w.Rules))
	var b strings.Builder
	do := func(format string, args ...any) { fmt.Fprintf(&b, format+";\n", args...) }
	do("SET TimeZone = 'UTC'")
	do("SET preserve_insertion_order = false")
	do("SET temp_directory = %s", quote(files.spill))
	if files.threads > 0 {
		do("SET threads = %d", files.threads)
	}
	if files.memory > 0 {
		do("SET memory_limit = '%dMiB'", files.memory>>20)
	}
	data := w.Data.folder(files.dir)
	contacts := readParquet(filepath.Join(data, "contacts.parquet"))
	lists := readParquet(filepath.Join(data, "lists.parquet"))
	engagements := readParquet(filepath.Join(data, "engagements", "*.parquet"))

	var held []string
	if len(p.selectors) > 0 {
		do("CREATE TEMP TABLE selectors AS FROM (VALUES %s) t(selector, channel, action, asset, prefix, since)", p.selectorRows())
		do(`CREATE TEMP TABLE meets AS
SELECT v.channel, v.action, coalesce(v.asset, '') AS asset, coalesce(v.url, '') AS url, s.selector::SMALLINT AS selector, s.since
FROM (SELECT DISTINCT channel, action, asset, url FROM %s) v JOIN selectors s
  ON v.channel = s.channel AND v.action = s.action AND (s.asset IS NULL OR v.asset = s.asset)
  AND (s.prefix IS NULL OR starts_with(v.url, s.prefix))`, engagements)
		do(`CREATE TEMP TABLE recent AS
SELECT contact_id, selector, max(occurred_at, %d) AS latest
FROM (SELECT contact_id, occurred_at, channel, action, coalesce(asset, '') AS asset, coalesce(url, '') AS url FROM %s
  WHERE occurred_at < %s) JOIN meets USING (channel, action, asset, url)
WHERE occurred_at >= since GROUP BY contact_id, selector`, p.mostTimes(), engagements, instant(asOf.Add(time.Second)))
		do("CREATE TEMP TABLE counted AS FROM (VALUES %s) t(criterion, selector, times, days, since)", p.countedRows())
		held = append(held, `SELECT contact_id, criterion, latest[1] AS last, latest[times] + to_days(days) AS until
FROM recent JOIN counted USING (selector) WHERE latest[times] >= counted.since`)
	}
	held = append(held, p.otherCriteria(contacts, lists)...)
	do("CREATE TEMP TABLE held AS\n%s", strings.Join(held, "\nUNION ALL\n"))
	do("CREATE TEMP TABLE asked AS FROM (VALUES %s) t(rule_id, criterion, criteria, points, set_id)", p.askedRows())
	fulfilled := `SELECT contact_id, rule_id, points, set_id, last AS last_engagement_at, until AS expires_at
FROM held JOIN asked USING (criterion) WHERE criteria = 1`
	if joint := p.jointCriteria(); len(joint) > 0 {
		fulfilled += fmt.Sprintf(`
UNION ALL
SELECT contact_id, rule_id, any_value(points), any_value(set_id), max(last), min(until)
FROM held JOIN asked USING (criterion) WHERE criteria > 1 AND criterion IN (%s)
GROUP BY contact_id, rule_id HAVING count(*) = any_value(criteria)`, strings.Join(joint, ", "))
	}
	do("CREATE TEMP TABLE fulfilled AS\n%s", fulfilled)
	do("COPY (SELECT contact_id, rule_id, points, last_engagement_at, expires_at FROM fulfilled) TO %s (FORMAT parquet, COMPRESSION zstd)",
		quote(files.breakdown))
	var sums, scores []string
	for set := range ruleSets {
		sums = append(sums, fmt.Sprintf("sum(points) FILTER (set_id = %d) AS set%d", set, set))
		scores = append(scores, fmt.Sprintf("coalesce(set%d, 0)::INTEGER AS set%d", set, set))
	}
	do(`COPY (SELECT *, CASE WHEN score >= %d THEN 'A' WHEN score >= %d THEN 'B' WHEN score >= %d THEN 'C' ELSE 'D' END AS band, score >= %d AS is_mql
FROM (SELECT contact_id, %s, coalesce(score, 0)::INTEGER AS score FROM %s
  LEFT JOIN (SELECT contact_id, sum(points) AS score, %s FROM fulfilled GROUP BY contact_id) USING (contact_id))) TO %s (FORMAT parquet, COMPRESSION zstd)`,
		bandA, bandB, bandC, mqlScore, strings.Join(scores, ", "), contacts, strings.Join(sums, ", "), quote(files.scores))
	return b.String()
}

// since is the first instant of a frame of so many days; 0 is all time.
func since(days int) string {
	if days == 0 {
		return "TIMESTAMPTZ '-infinity'"
	}
	return instant(asOf.AddDate(0, 0, -days).Add(time.Second))
}

func instant(t time.Time) string {
	return "TIMESTAMPTZ '" + t.UTC().Format("2006-01-02 15:04:05") + "+00'"
}

func readParquet(path string) string {
	return "read_parquet(" + quote(filepath.ToSlash(path)) + ", hive_partitioning = false)"
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func quoteOrNull(text string) string {
	if text == "" {
		return "NULL::VARCHAR"
	}
	return quote(text)
}
