package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

// questionable makes a record that leaves many fields out and repeats others.
func questionable(r *rand.Rand, log model.Log, member model.MemberID, n int) model.Record {
	rec := synthetic(log, member, n)
	rec.Time = 1767225600 + int64(r.IntN(40))*977 - int64(r.IntN(3))
	if r.IntN(9) == 0 {
		rec.Time = model.NoTime
	}
	rec.Op = pick(r, "GetObject", "PutObject", "CopyObject", "getobject", "")
	rec.Bucket = pick(r, "acme-finance", "acme-logs", "100%_a", "")
	rec.Key = pick(r, "a/b.csv", "a/c.csv", "A/B.CSV", "q1 2026/résumé.pdf", `we\ird*?`, "x_y", "xzy", "")
	rec.IP = pick(r, "10.1.2.3", "10.200.0.9", "::ffff:10.1.2.3", "2001:db8::7", "2001:DB8:0:0::8", "AWS Internal", "s3.amazonaws.com", "")
	rec.Actor = pick(r, "arn:aws:iam::1:user/ada", "arn:aws:iam::1:user/bob", "anonymous", "")
	rec.CopySource = pick(r, "", "", "acme-logs/a/b.csv", "acme-finance/x_y")
	rec.Outcome = pick(r, model.OK, model.Denied, model.Failed)
	rec.Enc = pick(r, model.EncNA, model.EncNone, model.EncSSEKMS, model.EncSSEKMSDefault, model.EncSSEC)
	rec.BytesOut = pick(r, model.Absent, 0, 5, 1024, 1<<20, 1<<40)
	rec.Flags = pick(r, model.Flags(0), model.FlagOddTime, model.FlagBadUTF8|model.FlagOddTime, model.FlagConflict)
	rec.ReadOnly = pick(r, model.True, model.False, model.Tri(0))
	if log == model.CloudTrail {
		rec.Category = pick(r, model.Data, model.Data, model.Management, model.Network, model.Insight)
		rec.MFA = pick(r, model.True, model.False, model.Tri(0))
		rec.EncReq = pick(r, model.EncReq(0), model.EncReqNone, model.EncReqSSEC)
		rec.Lean = 0
	} else {
		rec.Status = pick[int32](r, -1, 200, 206, 403, 503)
	}
	return rec
}

func randomCase(t testing.TB, r *rand.Rand) (*Case, []oracleRow) {
	c := newTestCase(t)
	members := map[model.MemberID][]model.Record{}
	for i := range 6 {
		log := model.Log(i%2 + 1)
		id := model.MemberID(i+1) << 24
		for n := range 30 + r.IntN(60) {
			members[id] = append(members[id], questionable(r, log, id, n))
		}
	}
	loadRecords(t, c, members)
	ctx := context.Background()
	err := c.write(ctx, func(db *sql.DB) error {
		_, err := db.Exec(`update ct_events set dup = cast(record % 7 = 0 as utinyint), witness = 1 + record % 5, integrity = 1 + record % 8`)
		if err == nil {
			_, err = db.Exec(`update al_events set dup = cast(record % 11 = 0 as utinyint), fold = cast(record % 3 = 0 as utinyint), witness = 1 + record % 5`)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := model.Query{Filter: model.Filter{Terms: []model.Term{
		{Field: model.FieldRecords, Values: []model.Value{{Text: "all"}}},
		{Field: model.FieldCategory, Values: []model.Value{{Text: "*", Glob: true}}},
	}}}
	var rows []oracleRow
	err = c.Engine(nil).Stream(ctx, all, model.Columns(), 0, func(row model.Row) error {
		o := oracleRow{row: row}
		if row.ID.Log == model.CloudTrail {
			o.dup = row.ID.Number%7 == 0
		} else {
			o.dup, o.fold = row.ID.Number%11 == 0, row.ID.Number%3 == 0
		}
		rows = append(rows, o)
		return nil
	})
	total := 0
	for _, m := range members {
		total += len(m)
	}
	if err != nil || len(rows) != total {
		t.Fatalf("stream of everything: %d rows of %d, %v", len(rows), total, err)
	}
	return c, rows
}

var textValues = []model.Value{
	{Text: "acme-finance"}, {Text: "acme-*", Glob: true}, {Text: "a/b.csv"}, {Text: "*.csv", Glob: true}, {Text: "a/?.csv", Glob: true},
	{Text: "*_*", Glob: true}, {Text: "x_y"}, {Text: "x?y", Glob: true}, {Text: `we\\ird\*\?`, Glob: true}, {Text: `we\ird*?`}, {Text: "100%_a"}, {Text: "100%*", Glob: true},
	{Text: "*%*a", Glob: true}, {Text: "*", Glob: true}, {Text: "arn:*user/a*", Glob: true}, {Text: "*é*", Glob: true}, {Text: "r?sum?.*", Glob: true}, {Text: "'; drop table ct_events; --"}, {Text: "GetObject"},
	{Text: "getobject"}, {Text: "*OBJECT", Glob: true}, {Text: ""}, {Text: "q1 2026/résumé.pdf"},
}

var expressions = []string{"^a/", "csv$", "(?i)ACME", "[x-z]_", "user/(ada|bob)", "\\d{2,}", "é"}

func some(r *rand.Rand, from []model.Value) []model.Value {
	var out []model.Value
	for range 1 + r.IntN(3) {
		out = append(out, pick(r, from...))
	}
	return out
}

func values(texts ...string) []model.Value {
	var out []model.Value
	for _, t := range texts {
		out = append(out, model.Value{Text: t})
	}
	return out
}

func randomTerm(r *rand.Rand) model.Term {
	t := model.Term{Not: r.IntN(3) == 0}
	switch r.IntN(13) {
	case 12:
		t.Field, t.Values = model.FieldIs, some(r, []model.Value{{Text: "self-copy"}, {Text: "foreign-caller"}, {Text: "foreign-bucket"}, {Text: "foreign-kms-key"}, {Text: "foreign-*", Glob: true}})
		if r.IntN(2) == 0 {
			t.Field, t.Values = model.FieldHour, some(r, values("0-3", "22-2", "8-18+05:30", "23-1-01:00", "0-24"))
		}
	case 0, 1, 2:
		t.Field = pick(r, model.FieldOp, model.FieldBucket, model.FieldKey, model.FieldActor, model.FieldCopySource, model.FieldReferer, model.FieldAccount, model.FieldOpRaw, model.FieldMember, model.FieldHost, model.FieldSession, model.FieldEventID, model.FieldRequestID)
		t.Values = some(r, textValues)
	case 3:
		t.Field, t.Op = pick(r, model.FieldOp, model.FieldKey, model.FieldActor, model.FieldBucket, model.FieldMember, model.FieldStatus), model.Matches
		t.Values = values(pick(r, expressions...))
	case 4:
		in := pick(r, model.Fields...)
		for in.Filter || in.Kind != model.KindEnum {
			in = pick(r, model.Fields...)
		}
		t.Field = in.Field
		t.Values = []model.Value{{Text: pick(r, in.Values...)}, pick(r, model.Value{Text: "*e*", Glob: true}, model.Value{Text: pick(r, in.Values...)}, model.Value{Text: "*-C*", Glob: true})}
		if r.IntN(4) == 0 {
			t.Op, t.Values = model.Matches, values("^(s|d|n/A)")
		}
	case 5:
		t.Field, t.Op = pick(r, model.FieldBytesOut, model.FieldBytesIn, model.FieldObjectSize), pick(r, model.Equals, model.Less, model.AtMost, model.Greater, model.AtLeast)
		t.Values = values(pick(r, "0", "5", "1KB", "1024", "1048576"))
	case 6:
		t.Field = pick(r, model.FieldStatus, model.FieldRecord, model.FieldDurationMS)
		t.Op = pick(r, model.Equals, model.Less, model.AtLeast)
		t.Values = values(pick(r, "200", "403", "17", "-4"))
		if r.IntN(3) == 0 {
			t.Op, t.Values = model.Equals, []model.Value{{Text: "4*", Glob: true}, {Text: "20?", Glob: true}}
		}
	case 7:
		t.Field = model.FieldIP
		t.Values = some(r, []model.Value{{Text: "10.0.0.0/8"}, {Text: "10.1.2.0/24"}, {Text: "2001:db8::/32"}, {Text: "AWS Internal"}, {Text: "10.1.*", Glob: true}, {Text: "0.0.0.0/0"}, {Text: "::/0"}, {Text: "10.0.0.0/33"}, {Text: "10.1.2.3/8"}})
	case 8:
		t.Field, t.Op = pick(r, model.Columns()...), model.Present
	case 9:
		t.Field = pick(r, model.FieldSince, model.FieldUntil)
		t.Values = values(pick(r, "2026-01-01T00:00:00Z", "2026-01-01T05:00:00Z", "2027-01-01T00:00:00Z"))
	case 10:
		t.Field = pick(r, model.FieldObject, model.FieldObject, model.FieldFlags, model.FieldMFA, model.FieldReadOnly)
		switch t.Field {
		case model.FieldObject:
			t.Values = some(r, []model.Value{{Text: "acme-logs"}, {Text: "acme-logs/a/b.csv"}, {Text: "acme-finance/*", Glob: true}, {Text: "*/x_y", Glob: true}, {Text: "acme-*/a/*", Glob: true}, {Text: "100%_a/A/B.CSV"}})
		case model.FieldFlags:
			t.Values = some(r, []model.Value{{Text: "odd-time"}, {Text: "conflict"}, {Text: "*u*", Glob: true}, {Text: "salvaged"}})
		default:
			t.Values = values(pick(r, "true", "false"))
		}
	case 11:
		t.Field, t.Op = model.FieldAny, model.Contains
		t.Values = values(pick(r, "ACME", "getobj", "b.csv", "403", "denied", "sse-kms", "user/ADA", "2001:db8", "100%_", "no such words"))
	}
	return t
}

func randomFilter(r *rand.Rand) model.Filter {
	var f model.Filter
	for range r.IntN(4) {
		f.Terms = append(f.Terms, randomTerm(r))
	}
	if r.IntN(6) == 0 {
		f = f.With(model.Term{Field: model.FieldRecords, Values: values("all")})
	}
	if r.IntN(6) == 0 {
		f = f.With(model.Term{Field: model.FieldLog, Values: values(pick(r, model.LogNames...)), Not: r.IntN(2) == 0})
	}
	return f
}

func collect(t *testing.T, e *Engine, q model.Query, fields []model.Field) []model.Row {
	t.Helper()
	var out []model.Row
	if err := e.Stream(context.Background(), q, fields, 0, func(r model.Row) error { out = append(out, r); return nil }); err != nil {
		t.Fatalf("stream %v: %v", q, err)
	}
	return out
}

// derive makes the tables that settling derives, and says that c is settled.
func derive(t testing.TB, c *Case) {
	t.Helper()
	ctx := context.Background()
	err := c.write(ctx, func(db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		s := &settler{conn: conn}
		return errors.Join(s.objects(ctx), s.hours(ctx), setFact(ctx, db, factSettled, "true"))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nearer lowers the number of rows that are skipped rather than indexed.
func nearer(t testing.TB, rows int64) {
	was := nearStart
	nearStart = rows
	t.Cleanup(func() { nearStart = was })
}

func TestTheEngineAgreesWithAPlainEvaluator(t *testing.T) {
	for name, derived := range map[string]bool{"as loaded": false, "settled": true} {
		t.Run(name, func(t *testing.T) { agrees(t, derived) })
	}
}

func agrees(t *testing.T, derived bool) {
	r := rand.New(rand.NewPCG(1, 2))
	c, all := randomCase(t, r)
	e := c.Engine(nil)
	if derived {
		derive(t, c)
		if _, err := e.Count(context.Background(), model.Query{}); err != nil || e.known().objects != objectsRepeat {
			t.Fatalf("the objects are %q, %v", e.known().objects, err)
		}
	}
	ctx := context.Background()
	for i := range 250 {
		q := model.Query{Filter: randomFilter(r)}
		want := map[model.RecordID]bool{}
		for _, o := range all {
			if o.keeps(q.Filter) {
				want[o.row.ID] = true
			}
		}
		got := collect(t, e, q, nil)
		for _, row := range got {
			if !want[row.ID] {
				t.Errorf("filter %d %+v keeps %v and should not", i, q.Filter, row.ID)
			}
			delete(want, row.ID)
		}
		for id := range want {
			t.Errorf("filter %d %+v loses %v", i, q.Filter, id)
		}
		n, err := e.Count(ctx, q)
		if err != nil || n != int64(len(got)) {
			t.Errorf("filter %d: count %d of %d listed, %v", i, n, len(got), err)
		}
		if t.Failed() {
			return
		}
	}
}

func TestEveryAnswerCountsTheSameRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	c, rows := randomCase(t, r)
	e := c.Engine(nil)
	ctx := context.Background()
	for i := range 50 {
		if i == 20 {
			derive(t, c)
		}
		q := model.Query{Filter: randomFilter(r)}
		if i%5 == 4 {
			q.Filter = stretch(rows[r.IntN(len(rows))], rows[r.IntN(len(rows))])
		}
		n := int64(len(collect(t, e, q, nil)))
		if counted, err := e.Count(ctx, q); err != nil || counted != n {
			t.Errorf("%+v counts %d of %d, %v", q.Filter, counted, n, err)
		}
		facets, err := e.Facets(ctx, q, model.Columns(), r.IntN(4))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facets {
			sum := f.Other + f.Absent
			for _, v := range f.Values {
				sum += v.Count
			}
			if sum != n && f.Field != model.FieldFlags {
				t.Errorf("facet %s of %+v sums to %d of %d", f.Field, q.Filter, sum, n)
			}
		}
		checkFacets(t, e, q, 1+r.IntN(5))
		if i%4 == 0 {
			checkObjects(t, e, q, n)
		}
		bars, err := e.Bars(ctx, q, model.Span{}, 1+r.IntN(60))
		if err != nil {
			t.Fatal(err)
		}
		sum := bars.Undated
		for _, b := range bars.Bars {
			sum += b.OK + b.Denied + b.Failed
		}
		if sum != n {
			t.Errorf("bars of %+v sum to %d of %d", q.Filter, sum, n)
		}
		groups, err := e.GroupBy(ctx, q, []model.Field{model.FieldOp, model.FieldOutcome, model.FieldMember}, 0)
		if err != nil {
			t.Fatal(err)
		}
		sum = 0
		for _, g := range groups {
			sum += g.Count
		}
		if sum != n {
			t.Errorf("groups of %+v sum to %d of %d", q.Filter, sum, n)
		}
		lines, err := e.Tally(ctx, q, model.TallyBy{Fields: []model.Field{model.FieldBucket, model.FieldIP}, Width: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		sum = 0
		for _, l := range lines {
			sum += l.Requests
		}
		if sum != n {
			t.Errorf("the tally of %+v sums to %d of %d", q.Filter, sum, n)
		}
	}
}

// stretch keeps what lies between the times of two rows, or from one on if the other has none.
func stretch(a, b oracleRow) (f model.Filter) {
	for i, o := range []oracleRow{a, b} {
		if at, dated := o.get(model.FieldTime).(time.Time); dated {
			f.Terms = append(f.Terms, model.Term{Field: [...]model.Field{model.FieldSince, model.FieldUntil}[i], Values: values(at.Format(time.RFC3339))})
		}
	}
	return f
}

// checkFacets counts the values of some fields by hand.
func checkFacets(t *testing.T, e *Engine, q model.Query, top int) {
	t.Helper()
	fields := []model.Field{model.FieldOp, model.FieldOutcome, model.FieldKey, model.FieldMember, model.FieldStatus, model.FieldMFA, model.FieldOp, model.FieldReferer,
		model.FieldIntegrity, model.FieldEnc, model.FieldWitness, model.FieldLog}
	facets, err := e.Facets(context.Background(), q, fields, top)
	if err != nil {
		t.Fatal(err)
	}
	rows := collect(t, e, q, fields)
	for i, f := range fields {
		counts := map[any]int64{}
		for _, r := range rows {
			counts[r.Values[i]]++
		}
		want := model.Facet{Field: f, Absent: counts[nil]}
		delete(counts, nil)
		want.Distinct = int64(len(counts))
		for v, n := range counts {
			want.Values = append(want.Values, model.FacetValue{Value: v, Count: n})
		}
		slices.SortFunc(want.Values, func(a, b model.FacetValue) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), compareValues(a.Value, b.Value))
		})
		for len(want.Values) > top {
			last := len(want.Values) - 1
			want.Other += want.Values[last].Count
			want.Values = want.Values[:last]
		}
		if !reflect.DeepEqual(facets[i], want) {
			t.Errorf("facet %s of %+v is\n%+v, want\n%+v", f, q.Filter, facets[i], want)
		}
	}
}

// checkObjects holds the objects' counts to what keeping and dropping each of them leaves.
func checkObjects(t *testing.T, e *Engine, q model.Query, n int64) {
	t.Helper()
	fs, err := e.Facets(context.Background(), q, []model.Field{model.FieldObject}, 3)
	if err != nil {
		t.Fatal(err)
	}
	count := func(terms ...model.Term) int64 {
		t.Helper()
		f := q.Filter
		for _, term := range terms {
			f = f.With(term)
		}
		got, err := e.Count(context.Background(), model.Query{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	is := func(want int64, term model.Term) {
		t.Helper()
		if got := count(term); got != want {
			t.Errorf("%+v of %+v has %d rows; its line says %d", term, q.Filter, got, want)
		}
	}
	f := fs[0]
	is(f.Absent, model.Term{Field: model.FieldKey, Op: model.Present, Not: true})
	sum := f.Absent + f.Other
	for _, v := range f.Values {
		term := model.Term{Field: model.FieldObject, Values: values(v.Value.(string))}
		is(v.Count, term)
		term.Not = true
		is(n-v.Count, term)
		sum += v.Count
	}
	copies := count(model.Term{Field: model.FieldCopySource, Op: model.Present})
	nameless := count(model.Term{Field: model.FieldKey, Op: model.Present}, model.Term{Field: model.FieldBucket, Op: model.Present, Not: true})
	if least := n - nameless; sum < least || sum > least+copies {
		t.Errorf("objects of %+v sum to %d of %d rows, %d of them copies and %d without a bucket", q.Filter, sum, n, copies, nameless)
	}
}

func TestPagesPutTogetherAreTheStream(t *testing.T) {
	t.Run("as loaded", func(t *testing.T) { putTogether(t, false, 40) })
	t.Run("settled, everything near", func(t *testing.T) { putTogether(t, true, nearStart) })
	t.Run("settled, everything far", func(t *testing.T) { putTogether(t, true, 3) })
	lowered := func(t *testing.T, what *int64, to, near int64) {
		was := *what
		*what = to
		defer func() { *what = was }()
		putTogether(t, true, near)
	}
	t.Run("settled, the ends first", func(t *testing.T) { lowered(t, &outerRows, 60, nearStart) })
	t.Run("settled, hours too full", func(t *testing.T) { lowered(t, &hourRows, 1, 3) })
}

func putTogether(t *testing.T, derived bool, near int64) {
	nearer(t, near)
	r := rand.New(rand.NewPCG(5, 6))
	c, _ := randomCase(t, r)
	if derived {
		derive(t, c)
	}
	e := c.Engine(nil)
	ctx := context.Background()
	for _, known := range []string{"nothing", "an index", "bars"} {
		for _, by := range []model.Field{"", model.FieldTime, model.FieldBucket, model.FieldKey, model.FieldOp, model.FieldIP, model.FieldStatus, model.FieldOutcome, model.FieldMember, model.FieldBytesOut, model.FieldEventID, model.FieldFlags, model.FieldMFA} {
			if known == "bars" && (!derived || !byTime(model.Sort{Field: by})) {
				continue // they would help nobody
			}
			for _, desc := range []bool{false, true} {
				q := model.Query{Filter: randomFilter(r), Sort: model.Sort{Field: by, Desc: desc}}
				name := fmt.Sprintf("%s desc %v known %s filter %+v", by, desc, known, q.Filter)
				var err error
				switch known {
				case "an index":
					_, err = e.Page(ctx, q, nil, nearStart, 1)
				case "bars":
					_, err = e.Bars(ctx, q, model.Span{}, 60)
				}
				if err != nil {
					t.Fatal(err)
				}
				fields := append(model.Columns(), by2(by))
				want := collect(t, e, q, fields)
				for at := 0; at <= len(want); {
					n := 1 + r.IntN(120)
					p, err := e.Page(ctx, q, fields, int64(at), n)
					if err != nil {
						t.Fatal(err)
					}
					if end := min(at+n, len(want)); len(p.Rows) != end-at || end > at && !reflect.DeepEqual(p.Rows, want[at:end]) {
						t.Fatalf("%s: rows %d to %d differ: %v, want %v", name, at, end, p.Rows, want[at:end])
					}
					at += n
				}
				for range 5 {
					if len(want) == 0 {
						break
					}
					at := r.IntN(len(want))
					pos, err := e.Position(ctx, q, want[at].ID)
					if err != nil || pos != int64(at) {
						t.Errorf("%s: row %d has position %d, %v", name, at, pos, err)
					}
				}
			}
		}
	}
}

func by2(f model.Field) model.Field {
	if f == "" {
		return model.FieldRecord
	}
	return f
}

func TestB15ACancelledQueryIsNotWaitedFor(t *testing.T) {
	c, _ := randomCase(t, rand.New(rand.NewPCG(7, 8)))
	e := c.Engine(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Count(ctx, model.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("count: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	seen := 0
	err := e.Stream(ctx, model.Query{}, model.Columns(), 0, func(model.Row) error {
		seen++
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || seen != 1 {
		t.Errorf("stream: %d rows, %v", seen, err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	began, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	go func() { <-began; cancel() }()
	_, err = ask(ctx, e, "winding down", func(context.Context, *sql.DB) (int, error) {
		close(began)
		<-end // as the driver does for half a second
		return 0, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a query that does not end: %v", err)
	}
}

// A query runs in a goroutine of its own; its panic must reach whoever asked, who can restore the terminal.
func TestABugInAQueryReachesWhoAsked(t *testing.T) {
	c, _ := randomCase(t, rand.New(rand.NewPCG(7, 8)))
	e := c.Engine(nil)
	defer func() {
		if bug, ok := recover().(*model.Bug); !ok || bug.Value != "a bug" || !strings.Contains(string(bug.Stack), "TestABugInAQuery") {
			t.Errorf("what reached the caller is %v", bug)
		}
	}()
	_, err := ask(t.Context(), e, "breaking", func(context.Context, *sql.DB) (int, error) { panic("a bug") })
	t.Errorf("the query came back with %v", err)
}

func TestARecordIsFoundByEveryName(t *testing.T) {
	c, all := randomCase(t, rand.New(rand.NewPCG(9, 10)))
	e := c.Engine(nil)
	ctx := context.Background()
	for _, o := range all[:40] {
		for _, text := range []any{fmt.Sprintf("%s:%d", o.get(model.FieldMember), o.row.ID.Number), o.get(model.FieldEventID), o.get(model.FieldRequestID)} {
			if text == nil {
				continue
			}
			ids, err := e.Find(ctx, text.(string))
			found := false
			for _, id := range ids {
				found = found || id == o.row.ID
			}
			if err != nil || !found {
				t.Errorf("find %q: %v, %v, want %v", text, ids, err, o.row.ID)
			}
		}
		d, err := e.Record(ctx, o.row.ID)
		if err != nil || len(d.Origins) == 0 || d.Origins[0].ID != o.row.ID || !reflect.DeepEqual(d.Row, o.row) {
			t.Errorf("record %v: %+v, %v", o.row.ID, d, err)
		}
	}
	if _, err := e.Record(ctx, model.RecordID{Log: 1, Member: 99, Number: 1}); !errors.Is(err, ErrNoRecord) {
		t.Errorf("a record that is not there: %v", err)
	}
	if _, err := e.Overview(ctx); err != nil {
		t.Error(err)
	}
	cov, err := e.Coverage(ctx, model.Query{Filter: model.Filter{Terms: []model.Term{{Field: model.FieldBucket, Values: values("nowhere")}}}})
	if err != nil || len(cov.Missing) != 2 {
		t.Errorf("coverage: %+v, %v", cov, err)
	}
	if _, err := e.Objects(ctx, model.Query{}, "acme-", 10); err != nil {
		t.Error(err)
	}
}
