package export

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"slices"
	"time"

	"trailsift/model"
)

// Limits is the sentence every manifest ends with.
const Limits = "The hashes prove that these are the bytes that were delivered and exported, not that what they say is true or complete."

// Manifest lies beside an export and says what it is and where it came from. It holds no clock: the
// same evidence and command give the same bytes.
type Manifest struct {
	Tool      string           `json:"tool"`
	Command   []string         `json:"command"`
	Filter    string           `json:"filter"`
	Sort      string           `json:"sort"`
	Window    Window           `json:"window"`
	File      string           `json:"file"`
	Format    Format           `json:"format"`
	Rows      int64            `json:"rows"`
	Columns   []model.Field    `json:"columns"`
	Bytes     int64            `json:"bytes"`
	SHA256    string           `json:"sha256"`
	Members   []Used           `json:"members"`
	Integrity map[string]int64 `json:"integrity"`
	// Verification is the last one of the case, null when there was none. DemoKeys says that a proof in
	// it rests on a demo key, whose private half is public: it proves nothing.
	Verification *model.Verification `json:"verification"`
	DemoKeys     bool                `json:"demo_keys"`
	CSVRaw       bool                `json:"csv_raw"`
	Guarded      int64               `json:"guarded_cells"`
	Escaped      int64               `json:"escaped_cells"`
	RawChanged   int64               `json:"raw_unavailable"`
	// Redacted counts the signatures and tokens that have marks in their places; RawSecrets those that
	// stand as they are in the raw records of JSON lines.
	Redacted    int64  `json:"redacted_values"`
	RawSecrets  int64  `json:"raw_secrets"`
	LedgerHead  string `json:"ledger_head"`
	Limitations string `json:"limits"`
}

// Window is the incident window; an open end is null.
type Window struct {
	From *time.Time `json:"from"`
	To   *time.Time `json:"to"`
}

// Used is a member that rows came from.
type Used struct {
	Name          string `json:"name"`
	Locator       string `json:"locator"`
	Rows          int64  `json:"rows"`
	SHA256File    string `json:"sha256_file"`
	SHA256Content string `json:"sha256_content"`
	Integrity     string `json:"integrity"`
}

func (t *tally) manifest(ctx context.Context, src Source, job Job, out *target) (Manifest, error) {
	m := Manifest{
		Tool: job.About.Tool, Command: job.About.Command, Filter: job.About.Filter, Sort: sortText(job.Query.Sort),
		Window: Window{timeOrNil(job.About.Window.From), timeOrNil(job.About.Window.To)},
		File:   filepath.Base(out.path), Format: job.Format, Rows: t.rows, Columns: job.Fields,
		Bytes: out.size, SHA256: sum(out.hash), Members: []Used{}, Integrity: t.badges,
		CSVRaw: job.CSVRaw, Guarded: t.guarded, Escaped: t.escaped, RawChanged: t.rawMissing, Redacted: t.redacted, RawSecrets: t.rawSecrets,
		LedgerHead: job.About.LedgerHead, Limitations: Limits,
	}
	if v := job.About.Verification; v != nil {
		v := *v
		v.Evidence = "" // the case's own note
		m.Verification, m.DemoKeys = &v, v.Demo
	}
	if m.Command == nil {
		m.Command = []string{}
	}
	members, err := src.Members(ctx)
	if err != nil {
		return m, err
	}
	slices.SortFunc(members, func(a, b model.Member) int { return int(min(1, max(-1, a.ID-b.ID))) })
	for _, x := range members {
		if n := t.members[x.ID]; n > 0 {
			m.Members = append(m.Members, Used{
				Name: x.Name, Locator: x.Locator, Rows: n, Integrity: x.Integrity.String(),
				SHA256File: hex.EncodeToString(x.SHA256File[:]), SHA256Content: hex.EncodeToString(x.SHA256Content[:]),
			})
		}
	}
	return m, nil
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func sortText(s model.Sort) string {
	field := string(s.Field)
	if field == "" {
		field = string(model.FieldTime)
	}
	if s.Desc {
		return "-" + field
	}
	return field
}
