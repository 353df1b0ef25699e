package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/queries/export"
	"trailsift/queries/inquiry"
	"trailsift/queries/preset"
	"trailsift/ui/screen/presets"
	"trailsift/ui/widget/value"
)

// audits are the audits that presets name, by their names in preset files.
func (p *program) audits() map[string]func(ctx context.Context, s *session, f model.Filter) (reply, error) {
	return map[string]func(ctx context.Context, s *session, f model.Filter) (reply, error){
		"coverage": p.blindness, "links": p.links, "tampering": p.tampering, "delivery": p.undelivered, "exfiltration": p.exfiltration, "exposure": p.exposure, "keyreads": p.onlyByKey,
	}
}

// undelivered is the audit of deliveries, counted by the log files that are not here as delivered.
func (p *program) undelivered(ctx context.Context, s *session, f model.Filter) (reply, error) {
	r, err := p.delivery(ctx, s, f)
	if a, ok := r.value.(answer.Delivery); ok {
		r.n = a.Logs[answer.DeliveryMissing] + a.Logs[answer.DeliveryOtherSize] + a.Logs[answer.DeliveryForeign]
	}
	return r, err
}

// onlyByKey is the audit of key uses, counted by the reads that nothing else tells of.
func (p *program) onlyByKey(ctx context.Context, s *session, f model.Filter) (reply, error) {
	r, err := p.keyReads(ctx, s, f)
	if a, ok := r.value.(answer.KeyReads); ok {
		r.n = int64(len(a.Only))
	}
	return r, err
}

// tabled tells that a preset is answered by neither requests nor their plain groups.
func tabled(q preset.Preset) bool { return q.Audit != "" || q.Measured() }

// card answers a preset that is answered by a table.
func (p *program) card(ctx context.Context, s *session, q preset.Preset, params map[string]string) (reply, error) {
	o, err := s.engine.Overview(ctx)
	if err != nil {
		return reply{}, err
	}
	mq, err := q.Query(params, o.Span.To)
	if err != nil {
		return reply{}, err
	}
	switch q.Audit {
	case "":
	case "compare-windows":
		return p.compareWindows(ctx, s, mq.Filter, q.Given("before", params), q.Given("after", params))
	case "compare-actors":
		return p.compareActors(ctx, s, mq.Filter, q.Given("actor", params), q.Given("other", params))
	default:
		return p.audits()[q.Audit](ctx, s, mq.Filter)
	}
	by, err := q.Sums(params)
	if err != nil {
		return reply{}, err
	}
	all, err := inquiry.Sums(ctx, s.engine, mq, by)
	if err != nil {
		return reply{}, err
	}
	return p.sums(mq, by, all), nil
}

// sums tells sums in lines, each with the filter that lists its requests.
func (p *program) sums(q model.Query, by model.Sums, all []answer.Sum) reply {
	r := reply{value: all, n: int64(len(all)), filter: func(i int) (model.Filter, bool) { return requestsOf(q.Filter, by, all[i]), true }}
	for _, f := range by.By {
		r.names = append(r.names, string(f))
	}
	if by.Width > 0 {
		r.names = append([]string{"start"}, r.names...)
	}
	r.names = append(r.names, "requests", "objects", "bytes_out_cloudtrail", "bytes_out_access_only")
	for _, b := range by.Least {
		if inquiry.CountsValues(b) {
			r.names = append(r.names, "distinct_"+string(b.Of))
		}
	}
	r.names = append(r.names, "first", "last", "rows")
	for _, g := range all {
		var line []string
		if by.Width > 0 {
			line = append(line, csvTime(g.Start))
		}
		for _, v := range g.Values {
			line = append(line, export.Text(v))
		}
		for _, n := range append([]int64{g.Requests, g.Objects, g.CloudTrailOut, g.AccessOnlyOut}, g.Distinct...) {
			line = append(line, fmt.Sprint(n))
		}
		r.lines = append(r.lines, append(line, csvTime(g.First), csvTime(g.Last), fmt.Sprint(g.Rows)))
	}
	r.text = func() {
		head := []string{}
		for _, n := range r.names {
			head = append(head, strings.ToUpper(n))
		}
		p.columns(append([][]string{head}, r.lines...))
	}
	return r
}

// requestsOf lists the requests of one sum.
func requestsOf(f model.Filter, by model.Sums, g answer.Sum) model.Filter {
	for i, field := range by.By {
		f = f.With(value.Term(field, g.Values[i], false))
	}
	if g.Start == nil {
		return f
	}
	edge := func(field model.Field, at time.Time) model.Term {
		return model.Term{Field: field, Values: []model.Value{{Text: utc(at)}}}
	}
	return f.With(edge(model.FieldSince, *g.Start)).With(edge(model.FieldUntil, g.Start.Add(by.Width)))
}

// blindness tells the hours in which a log could not, or may not, have recorded anything.
func (p *program) blindness(ctx context.Context, s *session, f model.Filter) (reply, error) {
	asked := askedOf(f)
	a, err := s.coverage(ctx, asked.span)
	r := reply{value: a, names: strings.Split("log,events,account,region,bucket,hours,recorded,nothing_recorded,not_selected,unknown,gap", ",")}
	for _, strip := range a.Strips {
		if !asked.about(strip) {
			continue
		}
		line := []string{strip.Log, strip.EventsNamed(), strip.Account, strip.Region, strip.Bucket, fmt.Sprint(len(strip.Hours))}
		for _, state := range hourStates {
			line = append(line, fmt.Sprint(strip.Counts[state]))
		}
		r.lines = append(r.lines, line)
		r.n += blind(strip)
	}
	r.text = func() { p.coverageText(a) }
	return r, err
}

// screenTable is a reply as a screen shows it.
func (r reply) screenTable() presets.Table {
	t := presets.Table{Names: r.names, Number: r.n, Open: r.filter, Says: r.says, Notes: r.cautions()}
	for _, l := range r.lines {
		line := make([]any, len(l))
		for i, text := range l {
			var n int64
			switch _, err := fmt.Sscanf(text, "%d", &n); {
			case text == "":
			case err == nil && fmt.Sprint(n) == text && !isName(r.names[i]):
				line[i] = n
			default:
				line[i] = text
			}
		}
		t.Lines = append(t.Lines, line)
	}
	return t
}

// writeLines writes one object a line.
func (p *program) writeLines(t presets.Table) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	for _, l := range t.Lines {
		object := map[string]any{}
		for i, n := range t.Names {
			object[n] = l[i]
		}
		if err := e.Encode(object); err != nil {
			return err
		}
	}
	return nil
}

// isName tells a column whose digits are a name, not a number.
func isName(column string) bool {
	in, ok := model.Lookup(model.Field(column))
	return ok && in.Kind != model.KindInt && in.Kind != model.KindSize
}
