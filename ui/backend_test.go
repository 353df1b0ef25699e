package ui

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/ui/widget/value"
)

// memory is a backend of rows in memory. Its answers are computed the slow and obvious way.
type memory struct {
	rows    []map[model.Field]any
	members []model.Member
	over    model.Overview
	hook    func(ctx context.Context, what string) error // nil, or called before each answer
}

var start = time.Date(2026, 3, 1, 2, 10, 58, 0, time.UTC)

// hostile are keys that try to act on a terminal, or to break a table.
var hostile = []string{
	"logs/app/\x1b[2Jx", "a\nb", "tab\there", "\x1b]0;owned\a", "bidi\u202Egnp.exe", "zero\u200dwidth", "bad\xff\x9b2J",
	"wide/漢字/ファイル.txt", "emoji/👩\u200d👩\u200d👧/x", "cr\rover", "del\x7f\b\x00", strings.Repeat("very/long/", 60) + "tail.txt",
	"combining/e" + strings.Repeat("\u0301", 200), "\u009b2J", "\U0001FAC6/new", "sgr\x1b[8mhidden", "link\x1b]8;;http://x\x1b\\y", "-dash", `quo"te`, "",
}

// newMemory has n rows made by rule: same n, same rows.
func newMemory(n int) *memory {
	m := &memory{}
	ops := []string{"GetObject", "GetObject", "GetObject", "PutObject", "HeadObject", "DeleteObject", "ListObjects"}
	actors := []string{"arn:aws:iam::111122223333:user/dev-anna", "arn:aws:sts::111122223333:assumed-role/app/i-0a9c", "anonymous"}
	ips := []string{"203.0.113.7", "198.51.100.23", "192.0.2.44", "2001:db8::7"}
	for i := range n {
		r := map[model.Field]any{
			model.FieldTime: start.Add(time.Duration(i*7) * time.Second), model.FieldLog: "cloudtrail", model.FieldCategory: "data", model.FieldService: "s3",
			model.FieldOp: ops[i%len(ops)], model.FieldBucket: "acme-finance", model.FieldKey: fmt.Sprintf("finance/2025/q%d/report-%04d.xlsx", i%4+1, i),
			model.FieldIP: ips[i%len(ips)], model.FieldActor: actors[i%len(actors)], model.FieldAccessKey: "AKIAIOSFODNN7EXAMPLE",
			model.FieldAccount: "111122223333", model.FieldRegion: "eu-west-1", model.FieldAgent: "aws-cli/2.15", model.FieldOutcome: "ok",
			model.FieldEnc: "n/a", model.FieldBytesOut: int64(i * 1000), model.FieldIntegrity: "verified", model.FieldWitness: "both",
			model.FieldMember: fmt.Sprintf("111122223333_CloudTrail_eu-west-1_20260301T%02d00Z_x1.json.gz", 2+i/512), model.FieldRecord: int64(i + 1),
			model.FieldFlags: []string(nil), model.FieldRequestID: fmt.Sprintf("5A1B%04d", i), model.FieldReadOnly: true,
		}
		switch {
		case i%11 == 4:
			r[model.FieldOutcome], r[model.FieldError] = "denied", "AccessDenied"
		case i%17 == 9:
			r[model.FieldOutcome], r[model.FieldStatus], r[model.FieldLog] = "failed", int64(404), "access"
			r[model.FieldIntegrity] = "n/a"
		}
		if r[model.FieldOp] == "PutObject" {
			r[model.FieldEnc] = "sse-s3-default"
		}
		if r[model.FieldOp] == "ListObjects" {
			r[model.FieldKey] = nil
		}
		if i%41 == 5 {
			r[model.FieldIntegrity] = "altered"
		}
		if i%23 == 3 {
			r[model.FieldKey] = hostile[i/23%len(hostile)]
		}
		m.rows = append(m.rows, r)
	}
	m.summarise()
	return m
}

func (m *memory) summarise() {
	o := model.Overview{
		Requests: int64(len(m.rows)), Listed: int64(len(m.rows)), Seen: int64(len(m.rows)) + 3, Stored: int64(len(m.rows)), Duplicate: 2, Rejected: 1,
		ByLog: map[model.Log]int64{}, ByIntegrity: map[model.Integrity]int64{}, DataEvents: true,
		Accounts: []string{"111122223333"}, Buckets: []string{"acme-finance", "acme\x1b[31m-logs"},
		Members: map[model.MemberKind]int64{model.KindCloudTrail: 2, model.KindRejected: 1},
	}
	for _, r := range m.rows {
		for i, n := range model.IntegrityNames {
			if r[model.FieldIntegrity] == n {
				o.ByIntegrity[model.Integrity(i+1)]++
			}
		}
		if r[model.FieldLog] == "access" {
			o.ByLog[model.AccessLog]++
		} else {
			o.ByLog[model.CloudTrail]++
		}
	}
	if n := len(m.rows); n > 0 {
		o.Span = model.Span{From: start, To: m.rows[n-1][model.FieldTime].(time.Time).Add(time.Second)}
	}
	o.Verification = verification(newReport())
	m.over = o
	m.members = []model.Member{
		{ID: 1, Name: "111122223333_CloudTrail_eu-west-1_20260301T0200Z_x1.json.gz", Locator: "/evidence/a/111122223333_CloudTrail_eu-west-1_20260301T0200Z_x1.json.gz",
			Kind: model.KindCloudTrail, Form: "Records object", Seen: int64(len(m.rows)) + 2, Duplicate: 2, First: start.Unix(), Last: o.Span.To.Unix() - 1, Integrity: model.Verified, SizeFile: 12345, SizeContent: 99999},
		{ID: 2, Name: "evil\x1b]0;x\a.json", Locator: "/evidence/evil\x1b]0;x\a.json", Kind: model.KindRejected, Reason: "not a log: the gzip stream breaks at byte 17", Seen: 1, Rejected: 1,
			Rejects: []model.Reject{{Number: 1, Offset: 17, Reason: "the record is cut"}}, Integrity: model.NotChecked, First: model.NoTime, Last: model.NoTime},
		{ID: 3, Name: "readme.txt", Locator: "/evidence/readme.txt", Kind: model.KindSkipped, Reason: "no log", Integrity: model.IntegrityNA, First: model.NoTime, Last: model.NoTime},
	}
}

func (m *memory) before(ctx context.Context, what string) error {
	if m.hook != nil {
		if err := m.hook(ctx, what); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func has(r map[model.Field]any, t model.Term) bool {
	v := r[t.Field]
	switch t.Field {
	case model.FieldSince, model.FieldUntil:
		at, _ := time.Parse(time.RFC3339, t.Values[0].Text)
		if t.Field == model.FieldSince {
			return !r[model.FieldTime].(time.Time).Before(at)
		}
		return r[model.FieldTime].(time.Time).Before(at)
	case model.FieldRecords:
		return true
	case model.FieldObject:
		v = value.Plain(r[model.FieldBucket]) + "/" + value.Plain(r[model.FieldKey])
	case model.FieldJSON:
		return t.Path == "eventName" && t.Values[0].Text == r[model.FieldOp]
	}
	if t.Op == model.Present {
		return v != nil
	}
	for _, want := range t.Values {
		switch {
		case t.Op == model.Contains:
			for _, x := range r {
				if strings.Contains(strings.ToLower(value.Plain(x)), strings.ToLower(want.Text)) {
					return true
				}
			}
		case v == nil:
		case want.Glob:
			if ok, _ := path.Match(want.Text, value.Plain(v)); ok {
				return true
			}
		case strings.EqualFold(value.Plain(v), want.Text):
			return true
		}
	}
	return false
}

// selected is the rows of q in its order, by their place in m.rows.
func (m *memory) selected(q model.Query) []int {
	var out []int
	for i, r := range m.rows {
		keep := true
		for _, t := range q.Filter.Terms {
			keep = keep && (t.Off || has(r, t) != t.Not)
		}
		if keep {
			out = append(out, i)
		}
	}
	f := q.Sort.Field
	slices.SortStableFunc(out, func(a, b int) int {
		if f == "" || f == model.FieldTime {
			return a - b
		}
		return strings.Compare(value.Plain(m.rows[a][f]), value.Plain(m.rows[b][f]))
	})
	if q.Sort.Desc {
		slices.Reverse(out)
	}
	return out
}

func id(i int) model.RecordID {
	return model.RecordID{Log: model.CloudTrail, Member: 1, Number: uint32(i + 1)}
}

func (m *memory) row(i int, fields []model.Field) model.Row {
	r := model.Row{ID: id(i)}
	for _, f := range fields {
		r.Values = append(r.Values, m.rows[i][f])
	}
	return r
}

func (m *memory) Page(ctx context.Context, q model.Query, fields []model.Field, from int64, n int) (model.Page, error) {
	p := model.Page{Start: from}
	if err := m.before(ctx, "page"); err != nil {
		return p, err
	}
	all := m.selected(q)
	for _, i := range all[min(int64(len(all)), from):min(int64(len(all)), from+int64(n))] {
		p.Rows = append(p.Rows, m.row(i, fields))
	}
	return p, nil
}

func (m *memory) Count(ctx context.Context, q model.Query) (int64, error) {
	if err := m.before(ctx, "count"); err != nil {
		return 0, err
	}
	return int64(len(m.selected(q))), nil
}

func (m *memory) Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error) {
	if err := m.before(ctx, "facets"); err != nil {
		return nil, err
	}
	var out []model.Facet
	for _, f := range fields {
		x := model.Facet{Field: f}
		counts := map[any]int64{}
		for _, i := range m.selected(q) {
			v := m.rows[i][f]
			if f == model.FieldObject && m.rows[i][model.FieldKey] != nil {
				v = value.Plain(m.rows[i][model.FieldBucket]) + "/" + value.Plain(m.rows[i][model.FieldKey])
			}
			if v == nil {
				x.Absent++
			} else if _, list := v.([]string); !list {
				counts[v]++
			}
		}
		for v, n := range counts {
			x.Values = append(x.Values, model.FacetValue{Value: v, Count: n})
		}
		slices.SortFunc(x.Values, func(a, b model.FacetValue) int {
			if a.Count != b.Count {
				return int(b.Count - a.Count)
			}
			return strings.Compare(value.Plain(a.Value), value.Plain(b.Value))
		})
		x.Distinct = int64(len(x.Values))
		if top > 0 && len(x.Values) > top {
			for _, v := range x.Values[top:] {
				x.Other += v.Count
			}
			x.Values = x.Values[:top]
		}
		out = append(out, x)
	}
	return out, nil
}

func (m *memory) Bars(ctx context.Context, q model.Query, span model.Span, n int) (model.Bars, error) {
	if err := m.before(ctx, "bars"); err != nil {
		return model.Bars{}, err
	}
	rows := m.selected(q)
	b := model.Bars{}
	from, to := span.From, span.To
	if from.IsZero() || to.IsZero() {
		if len(rows) == 0 {
			return b, nil
		}
		from = m.rows[slices.Min(rows)][model.FieldTime].(time.Time)
		to = m.rows[slices.Max(rows)][model.FieldTime].(time.Time).Add(time.Second)
	}
	b.Width = time.Minute
	for (to.Sub(from.Truncate(b.Width))+b.Width-1)/b.Width > time.Duration(n) {
		b.Width *= 5
	}
	from = from.Truncate(b.Width)
	for t := from; t.Before(to); t = t.Add(b.Width) {
		b.Bars = append(b.Bars, model.Bar{Start: t})
	}
	b.Span = model.Span{From: from, To: from.Add(time.Duration(len(b.Bars)) * b.Width)}
	for _, i := range rows {
		bar := &b.Bars[int(m.rows[i][model.FieldTime].(time.Time).Sub(from)/b.Width)]
		switch m.rows[i][model.FieldOutcome] {
		case "denied":
			bar.Denied++
		case "failed":
			bar.Failed++
		default:
			bar.OK++
		}
	}
	return b, nil
}

func (m *memory) Record(ctx context.Context, rid model.RecordID) (model.Detail, error) {
	if err := m.before(ctx, "record"); err != nil {
		return model.Detail{}, err
	}
	i := int(rid.Number) - 1
	d := model.Detail{Row: m.row(i, model.Columns())}
	d.Origins = []model.Origin{{ID: rid, Member: m.members[0], Offset: int64(i * 100), Length: 100}}
	d.Raw = fmt.Appendf(nil, `{"eventVersion":"1.10","userIdentity":{"type":"IAMUser","arn":%q},"eventName":%q,"requestParameters":{"bucketName":"acme-finance","key":%q,"n":[1,{"a":null}]},"readOnly":true}`,
		value.Plain(m.rows[i][model.FieldActor]), m.rows[i][model.FieldOp], value.Plain(m.rows[i][model.FieldKey]))
	return d, nil
}

func (m *memory) Position(ctx context.Context, q model.Query, rid model.RecordID) (int64, error) {
	if err := m.before(ctx, "position"); err != nil {
		return -1, err
	}
	return int64(slices.Index(m.selected(q), int(rid.Number)-1)), nil
}

func (m *memory) Coverage(ctx context.Context, _ model.Query) (model.Coverage, error) {
	return model.Coverage{
		Lines:   []model.CoverageLine{{Log: model.CloudTrail, Account: "111122223333", Records: int64(len(m.rows)), First: start, Last: m.over.Span.To, DataEvents: true}},
		Missing: []string{"no access logs for bucket acme-finance are loaded"},
		Blind:   []string{"CloudTrail data events, account 111122223333, us-east-1, bucket acme-finance: of 2 hours 1 recorded, 1 gap"},
	}, ctx.Err()
}

func (m *memory) GroupBy(ctx context.Context, q model.Query, fields []model.Field, _ int) ([]model.Group, error) {
	var out []model.Group
	at := map[string]int{}
	for _, i := range m.selected(q) {
		g := model.Group{Count: 1}
		for _, f := range fields {
			g.Values = append(g.Values, m.rows[i][f])
		}
		k := fmt.Sprint(g.Values)
		if j, ok := at[k]; ok {
			out[j].Count++
			continue
		}
		at[k] = len(out)
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b model.Group) int { return int(b.Count - a.Count) })
	return out, ctx.Err()
}

func (m *memory) Members(ctx context.Context) ([]model.Member, error) { return m.members, ctx.Err() }

func (m *memory) Overview(ctx context.Context) (model.Overview, error) { return m.over, ctx.Err() }

func (m *memory) NodeNames(ctx context.Context, q model.Query, bucket, prefix string, limit int) ([]model.Node, error) {
	if err := m.before(ctx, "node names"); err != nil {
		return nil, err
	}
	list, err := m.Nodes(ctx, q, bucket, prefix, limit)
	for i, n := range list {
		list[i] = model.Node{Kind: n.Kind, Bucket: n.Bucket, Key: n.Key, Requests: n.Requests,
			Denied: model.NotYet, Failed: model.NotYet, BytesOut: model.NotYet, BytesIn: model.NotYet, Actors: model.NotYet}
	}
	return list, err
}

func (m *memory) Nodes(ctx context.Context, q model.Query, bucket, prefix string, _ int) ([]model.Node, error) {
	if err := m.before(ctx, "nodes"); err != nil {
		return nil, err
	}
	sums, actors := map[model.Node]*model.Node{}, map[model.Node]map[any]bool{}
	for _, i := range m.selected(q) {
		r := m.rows[i]
		key, hasKey := r[model.FieldKey].(string)
		id := model.Node{Kind: model.NodeBucket, Bucket: value.Plain(r[model.FieldBucket])}
		if bucket != "" {
			if id.Bucket != bucket || !strings.HasPrefix(key, prefix) || !hasKey && prefix != "" {
				continue
			}
			id.Kind = model.NodeNoKey
			if hasKey {
				id.Kind, id.Key = model.NodeKey, key
				if head, _, ok := strings.Cut(key[len(prefix):], "/"); ok {
					id.Kind, id.Key = model.NodePrefix, prefix+head+"/"
				}
			}
		}
		if sums[id] == nil {
			n := id
			sums[id], actors[id] = &n, map[any]bool{}
		}
		n := sums[id]
		n.Requests++
		switch r[model.FieldOutcome] {
		case "denied":
			n.Denied++
		case "failed":
			n.Failed++
		}
		out, _ := r[model.FieldBytesOut].(int64)
		n.BytesOut += out
		actors[id][r[model.FieldActor]] = true
		n.Actors = int64(len(actors[id]))
		n.Last = r[model.FieldTime].(time.Time)
	}
	var list []model.Node
	for _, n := range sums {
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b model.Node) int {
		return cmp.Or(cmp.Compare(b.Requests, a.Requests), strings.Compare(a.Bucket+a.Key, b.Bucket+b.Key))
	})
	return list, nil
}
