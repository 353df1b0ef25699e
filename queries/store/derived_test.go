package store

import (
	"context"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"trailsift/model"
)

var summedFields = []model.Field{
	model.FieldOp, model.FieldIP, model.FieldBucket, model.FieldOutcome, model.FieldAccount, model.FieldEnc, model.FieldLog, model.FieldCategory, model.FieldIntegrity,
}

// summedFilter is a filter that a sum decides, nearly always.
func summedFilter(r *rand.Rand, at func() time.Time) (f model.Filter) {
	named := map[model.Field][]string{
		model.FieldOp: {"GetObject", "PutObject", "*Object", "nothing"}, model.FieldBucket: {"acme-logs", "100%_a", "acme-*"},
		model.FieldOutcome: {"ok", "denied", "failed"}, model.FieldEnc: {"sse-c", "sse-s3", "n/a"}, model.FieldLog: {"cloudtrail", "access"},
		model.FieldCategory: {"data", "management", "insight"}, model.FieldIntegrity: {"verified", "n/a", "not-checked"}, model.FieldAccount: {"111122223333", "*"},
	}
	fields := slices.Sorted(maps.Keys(named))
	for range r.IntN(3) {
		field := pick(r, fields...)
		f = f.With(model.Term{Field: field, Not: r.IntN(4) == 0, Values: glob(pick(r, named[field]...))})
	}
	if r.IntN(3) == 0 {
		from := at().Truncate(pick(r, time.Hour, time.Hour, time.Second))
		f = f.With(model.Term{Field: model.FieldSince, Values: values(from.Format(time.RFC3339))})
		if r.IntN(2) == 0 {
			f = f.With(model.Term{Field: model.FieldUntil, Values: values(from.Add(3 * time.Hour).Format(time.RFC3339))})
		}
	}
	return f
}

type answers struct {
	coverage model.Coverage
	objects  []model.ObjectSummary
	count    int64
	facets   []model.Facet
	bars     model.Bars
	page     model.Page
}

// counted is what sums may answer.
func counted(t *testing.T, e *Engine, q model.Query, prefix string) (a answers) {
	t.Helper()
	ctx := context.Background()
	var err error
	if a.count, err = e.Count(ctx, q); err != nil {
		t.Fatal(err)
	}
	if a.facets, err = e.Facets(ctx, q, summedFields, 3); err != nil {
		t.Fatal(err)
	}
	if a.bars, err = e.Bars(ctx, q, model.Span{}, 20); err != nil {
		t.Fatal(err)
	}
	q.Sort.Desc = len(prefix) > 0
	if a.page, err = e.Page(ctx, q, nil, 0, 7); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatIsDerivedAnswersAsTheRecordsDo(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	c, _ := randomCase(t, r)
	e := c.Engine(nil)
	ctx := context.Background()
	ask := func(q model.Query, prefix string, counts bool) (a answers) {
		t.Helper()
		var err error
		if counts {
			return counted(t, e, q, prefix)
		}
		if a.coverage, err = e.Coverage(ctx, q); err != nil {
			t.Fatal(err)
		}
		if a.objects, err = e.Objects(ctx, q, prefix, 5); err != nil {
			t.Fatal(err)
		}
		return a
	}
	at := func() time.Time { return time.Unix(1767225600+int64(r.IntN(40*977)), 0).UTC() }
	type asked struct {
		q      model.Query
		prefix string
		counts bool
		was    answers
	}
	list := []asked{{}, {prefix: "acme-"}}
	for range 60 {
		q := model.Query{Filter: randomFilter(r)}
		if r.IntN(2) == 0 {
			q.Filter = q.Filter.With(model.Term{Field: model.FieldBucket, Values: values(pick(r, "acme-logs", "100%_a", "nowhere"))})
		}
		if r.IntN(2) == 0 {
			from := at()
			to := from.Add(time.Duration(r.IntN(9000)) * time.Second)
			q.Filter = q.Filter.With(model.Term{Field: model.FieldSince, Values: values(from.Format(time.RFC3339))})
			if r.IntN(3) > 0 {
				q.Filter = q.Filter.With(model.Term{Field: model.FieldUntil, Values: values(to.Format(time.RFC3339))})
			}
		}
		list = append(list, asked{q: q, prefix: pick(r, "", "", "acme-finance/a")})
	}
	decided := 0
	for range 30 {
		q := model.Query{Filter: summedFilter(r, at)}
		if hourSums.decides(q.Filter) || kindSums.decides(q.Filter) {
			decided++
		}
		list = append(list, asked{q: q, prefix: pick(r, "", "newest"), counts: true})
	}
	if decided < 20 {
		t.Errorf("sums decide only %d of 30 filters", decided)
	}
	// An object asked for by its name, and one that was copied onto itself, which is about it twice.
	if n := number(t, c, `select count(*) from ct_events where copy_source = bucket || '/' || key and copy_source = 'acme-logs/a/b.csv'`); n == 0 {
		t.Fatal("the case has no object that was copied onto itself")
	}
	for _, name := range []string{"acme-logs/a/b.csv", "s3://acme-finance/x_y", "acme-logs/nothing.txt"} {
		object := model.Term{Field: model.FieldObject, Values: values(name)}
		list = append(list, asked{q: asking(object), counts: true}, asked{q: asking(object, model.Term{Field: model.FieldOutcome, Values: values("ok")}), counts: true})
	}
	before, err := e.Overview(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		list[i].was = ask(list[i].q, list[i].prefix, list[i].counts)
	}
	if e.known().hours {
		t.Fatal("something derived is used before there is any")
	}
	derive(t, c)
	after, err := e.Overview(ctx)
	if before.Provisional = false; err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("the overview became %+v from %+v, %v", after, before, err)
	}
	for _, a := range list {
		if now := ask(a.q, a.prefix, a.counts); !reflect.DeepEqual(now, a.was) {
			t.Errorf("%+v, prefix %q: answers differ:\n%+v\n%+v", a.q.Filter, a.prefix, now, a.was)
		}
	}
	if !e.known().hours || e.known().objects != objectsRepeat {
		t.Errorf("nothing derived was used: %+v", e.known())
	}
}

// Two objects under one number must not be taken for one another.
func TestObjectsThatShareANumberAreToldApart(t *testing.T) {
	c := newTestCase(t)
	ctx := context.Background()
	loadRecords(t, c, map[model.MemberID][]model.Record{1 << 24: {
		synthetic(model.CloudTrail, 1<<24, 0), synthetic(model.CloudTrail, 1<<24, 1), synthetic(model.CloudTrail, 1<<24, 2), synthetic(model.CloudTrail, 1<<24, 3),
	}})
	if err := c.SetFact(ctx, factSettled, "true"); err != nil {
		t.Fatal(err)
	}
	number(t, c, `select 1`)
	h, end, err := c.beginWrite(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.Exec(`update ct_events set obj64 = 7`); err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	derive(t, c)
	e := c.Engine(nil)
	objects, err := e.Objects(ctx, asking(model.Term{Field: model.FieldOp, Values: glob("*")}), "", 0)
	if err != nil || len(objects) != 4 || e.known().objects != objectsCollide {
		t.Errorf("%d objects of 4 with %q, %v", len(objects), e.known().objects, err)
	}
	var keys []string
	for _, o := range objects {
		n, err := e.Count(ctx, asking(model.Term{Field: model.FieldKey, Values: glob(o.Key[:len(o.Key)-1] + "?")}))
		if err != nil || n != 1 {
			t.Errorf("%s: counted %d times, %v", o.Key, n, err)
		}
		keys = append(keys, o.Key)
	}
	slices.Sort(keys)
	rows := collect(t, e, model.Query{}, []model.Field{model.FieldKey})
	p, err := e.Page(ctx, model.Query{Sort: model.Sort{Field: model.FieldKey}}, []model.Field{model.FieldKey}, 0, 9)
	if err != nil || len(p.Rows) != len(rows) || p.Rows[0].Values[0] != keys[0] {
		t.Errorf("sorted by key: %+v, %v", p.Rows, err)
	}
}
