package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
)

// hoursSQL makes the table of hours: the records of one log, account, bucket and outcome in one clock hour.
// It is the settler's, and some hundred times smaller than the tables of events.
const hoursSQL = `create table if not exists hours (
	log      utinyint not null,
	account  varchar,
	bucket   varchar,
	"hour"   timestamp,         -- null for records without a time
	category utinyint not null,
	fold      utinyint not null,
	integrity utinyint not null,
	outcome   utinyint not null,
	records  bigint not null,
	first    timestamp,
	last     timestamp
)`

// kindsSQL makes the table of kinds: the records by what was done where, how and with what outcome.
const kindsSQL = `create table if not exists kinds (
	log       utinyint not null,
	category  utinyint not null,
	fold      utinyint not null,
	integrity utinyint not null,
	bucket    varchar,
	op        varchar,
	outcome   utinyint not null,
	enc       utinyint not null,
	witness   utinyint not null,
	records   bigint not null
)`

// actsSQL makes the table of acts: the records of one operation in one clock hour, by how it ended and what
// is known of it. Buckets are left to the hours: both together would be nearly as many rows as the events.
const actsSQL = `create table if not exists acts (
	log       utinyint not null,
	"hour"    timestamp,        -- null for records without a time
	category  utinyint not null,
	fold      utinyint not null,
	integrity utinyint not null,
	op        varchar,
	outcome   utinyint not null,
	enc       utinyint not null,
	witness   utinyint not null,
	records   bigint not null,
	first     timestamp,
	last      timestamp
)`

// hoursLayout is raised when the columns of these tables change; another one's are not read.
const hoursLayout = "4"

// coverageOf counts the records of one log by account or bucket, hours inside the window.
func (e *Engine) coverageOf(ctx context.Context, db *sql.DB, a asked, log model.Log, by, bucket string) ([]model.CoverageLine, error) {
	text, args := coverageByRecord(a, log, by, bucket)
	if e.known().hours && a.hoursDecide() {
		text, args = coverageByHour(a, log, by, bucket)
	}
	var out []model.CoverageLine
	err := each(ctx, db, text, args, func(rows *sql.Rows) error {
		l := model.CoverageLine{Log: log, Bucket: bucket, WindowHours: hoursOf(a.window)}
		var name sql.NullString
		var first, last sql.NullTime
		if err := rows.Scan(&name, &l.Records, &first, &last, &l.Hours, &l.DataEvents); err != nil {
			return err
		}
		l.First, l.Last = first.Time, last.Time
		if log == model.CloudTrail {
			l.Account = name.String
		} else {
			l.Bucket = name.String
		}
		out = append(out, l)
		return nil
	})
	return out, err
}

// hoursDecide tells that the first and last record of an hour say whether it has one inside the
// window. They do not where both ends of the window lie in one hour.
func (a asked) hoursDecide() bool {
	from, to := a.window.From, a.window.To
	return from.IsZero() || to.IsZero() || !from.Truncate(time.Hour).Equal(to.Truncate(time.Hour))
}

func coverageByHour(a asked, log model.Log, by, bucket string) (string, []any) {
	inside, args := []string{`"hour" is not null`}, []any(nil)
	if !a.window.From.IsZero() {
		inside, args = append(inside, `last >= ?`), append(args, a.window.From)
	}
	if !a.window.To.IsZero() {
		inside, args = append(inside, `first < ?`), append(args, a.window.To)
	}
	where, args := `log = ?`, append(args, int64(log))
	if bucket != "" {
		where, args = where+` and bucket = ?`, append(args, bucket)
	}
	return fmt.Sprintf(`select %s as name, cast(sum(records) as bigint) as n, min(first), max(last), count(distinct "hour") filter (%s), %s
		from hours where %s group by name order by n desc, name limit %d`, by, strings.Join(inside, ` and `), dataEvents(log), where, coverageLines), args
}

func coverageByRecord(a asked, log model.Log, by, bucket string) (string, []any) {
	table, _ := tableOf(log)
	inside, args := "time is not null", []any(nil)
	if !a.window.From.IsZero() {
		inside, args = inside+" and time >= ?", append(args, a.window.From)
	}
	if !a.window.To.IsZero() {
		inside, args = inside+" and time < ?", append(args, a.window.To)
	}
	where := "dup = 0"
	if bucket != "" {
		where, args = where+" and bucket = ?", append(args, bucket)
	}
	return fmt.Sprintf(`select %s as name, count(*) as n, min(time), max(time), count(distinct epoch_us(time) // 3600000000) filter (%s), %s
		from %s where %s group by name order by n desc, name limit %d`, by, inside, dataEvents(log), table, where, coverageLines), args
}

// dataEvents tells, in SQL, whether data events of CloudTrail are among the records.
func dataEvents(log model.Log) string {
	if log == model.CloudTrail {
		return "bool_or(category = 1)"
	}
	return "false"
}
