package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/queries/preset"
)

// testQuestions runs every built-in preset on the demo: what runs, what is counted on the card and what
// the screen shows are one number, and a line of a table opens as many requests as it says.
func testQuestions(t *testing.T, d *demo) {
	ctx := context.Background()
	d.countsOfStory(t)
	for _, q := range preset.Builtin() {
		n, err := d.p.presetNumber(ctx, d.session, q, nil)
		if err != nil {
			t.Errorf("%s: %v", q.Name, err)
			continue
		}
		var out bytes.Buffer
		run := *d.p
		run.stdout = &out
		if err := run.presetRun(ctx, d.session, q.Name, nil, &queryOptions{count: true, format: "json"}); err != nil {
			t.Errorf("%s --count: %v", q.Name, err)
		}
		if want := fmt.Sprintf(`{"count":%d}`, n); strings.Join(strings.Fields(out.String()), "") != want {
			t.Errorf("%s --count tells %s, the card %s", q.Name, out.String(), want)
		}
		out.Reset()
		if err := run.presetRun(ctx, d.session, q.Name, nil, &queryOptions{format: "json"}); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("%s: %v, %.80q", q.Name, err, out.String())
		}
		if tabled(q) {
			d.opens(t, q)
		}
	}
	for _, sp := range d.p.screenPresets(ctx, d.session, preset.Builtin()) {
		if why := sp.Reason(mustOverview(t, d), false); why != "" {
			t.Errorf("%s on the demo: %s", sp.Name, why)
		}
	}
}

func mustOverview(t *testing.T, d *demo) model.Overview {
	t.Helper()
	o, err := d.engine.Overview(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// opens follows lines of a table to their requests.
func (d *demo) opens(t *testing.T, q preset.Preset) {
	r, err := d.p.card(context.Background(), d.session, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := r.screenTable()
	for i, line := range table.Lines {
		if len(line) != len(table.Names) {
			t.Fatalf("%s: %d cells under %d names", q.Name, len(line), len(table.Names))
		}
		if r.filter == nil || i >= 12 {
			continue
		}
		f, ok := r.filter(i)
		n, err := d.engine.Count(context.Background(), queryOf(f))
		if !ok || err != nil || n == 0 {
			t.Fatalf("%s, line %d: opens %d rows, %v", q.Name, i, n, err)
		}
		for j, name := range table.Names {
			if name == "rows" && line[j] != n {
				t.Errorf("%s, line %v opens %d rows", q.Name, line, n)
			}
		}
	}
}

// testComparisonsOnScreen holds what a screen says below a comparison to what the command says beside it.
func testComparisonsOnScreen(t *testing.T, d *demo) {
	ctx := context.Background()
	q, err := d.p.findPreset(d.session, "compare-windows")
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]string{"before": "2026-03-07T20:00Z/2026-03-08T01:00Z", "after": "2026-03-08T02:00Z/2026-03-08T06:00Z"}
	var said bytes.Buffer
	run := *d.p
	run.stdout, run.stderr = &bytes.Buffer{}, &said
	if err := run.presetRun(ctx, d.session, q.Name, []string{"before=" + params["before"], "after=" + params["after"]}, &queryOptions{format: "csv"}); err != nil {
		t.Fatal(err)
	}
	for _, sp := range d.p.screenPresets(ctx, d.session, []preset.Preset{q}) {
		table, err := sp.Table(ctx, params)
		if got := strings.Join(table.Notes, "\n") + "\n"; err != nil || got != said.String() || !strings.Contains(got, "bucket acme-web: of 4 hours 4 gap") {
			t.Errorf("the screen says %q, the command %q, %v", got, said.String(), err)
		}
	}
}

// countsOfStory holds cards to the numbers of the demo's README.
func (d *demo) countsOfStory(t *testing.T) {
	for name, want := range map[string]int64{
		"anonymous-success": 156, "bulk-delete": 1, "copy-to-foreign-bucket": 30, "foreign-kms-key": 1, "ransom-note": 2, "self-copy-rewrite": 63,
		"sse-c-writes": 63, "short-lifecycle": 1, "root-activity": 3, "instance-creds-outside": 21, "presigned-url-use": 451, "versions-deleted": 31,
	} {
		q, err := d.p.findPreset(d.session, name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.p.presetNumber(context.Background(), d.session, q, nil); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", name, got, err, want)
		}
	}
}
