package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/integrity"
	"trailsift/queries/store"
)

// asking is what a run over a case is given beyond what the case holds.
type asking struct {
	since, until time.Time
	keys         []integrity.Key
	metadata     map[string]integrity.Metadata
}

// inquest is one verification of a case: what it looked at and what came out.
type inquest struct {
	members  []model.Member
	pile     integrity.Pile
	report   *integrity.Report
	stamp    string
	problems []string // documents of the case that could not be used
}

// Verdict is the last verification's report, nil when there was none. Of a case that was opened anew
// it has counts, chains and findings; Recheck adds what hangs on the files.
func (s *session) Verdict() *integrity.Report {
	s.mu.Lock()
	last, stamp := s.report, s.stamp
	s.mu.Unlock()
	if last != nil {
		out := *last
		now, err := s.EvidenceStamp(context.Background())
		out.Stale = err == nil && now != stamp
		return &out
	}
	kept, err := s.Verification(context.Background())
	if err != nil || len(kept.Report) == 0 {
		return nil
	}
	r := &integrity.Report{}
	if json.Unmarshal(kept.Report, r) != nil {
		return nil
	}
	r.Stale, r.Demo = kept.Counts.Stale, kept.Counts.Demo
	return r
}

// Verify judges the case anew, gives its records their badges and keeps the report.
func (s *session) Verify(ctx context.Context, progress *model.Progress) (*integrity.Report, error) {
	q, err := s.verify(ctx, asking{}, progress)
	if err != nil {
		return nil, err
	}
	return q.report, nil
}

// Recheck judges the case anew and writes nothing.
func (s *session) Recheck(ctx context.Context) (*integrity.Report, error) {
	q, err := s.inquire(ctx, asking{})
	if err != nil {
		return nil, err
	}
	if err := s.nameRecords(ctx, q); err != nil {
		return nil, err
	}
	s.keep(q)
	return q.report, nil
}

// Verdicts is what the last verification found out about every member.
func (s *session) Verdicts(ctx context.Context) (map[model.MemberID]model.Verdict, error) {
	return s.engine.Verdicts(ctx)
}

func (s *session) keep(q *inquest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report, s.stamp = q.report, q.stamp
}

// verify is Verify with whatever the user asked for. When the outcome cannot be kept, it comes with the
// error.
func (s *session) verify(ctx context.Context, a asking, progress *model.Progress) (*inquest, error) {
	if progress == nil {
		progress = &model.Progress{}
	}
	progress.Stage.Store("verifying")
	q, err := s.inquire(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("verify the case: %w", err)
	}
	if err := s.settle(ctx, q, progress); err != nil {
		return q, err
	}
	s.keep(q)
	return q, nil
}

// conclude ends a load: the evidence is judged and settled, unless nothing of it changed.
func (s *session) conclude(ctx context.Context, progress *model.Progress) error {
	settled, err := s.Settled(ctx)
	if err != nil {
		return err
	}
	if settled {
		known, err := s.Verification(ctx)
		if err != nil {
			return err
		}
		if len(known.Report) > 0 && !known.Counts.Stale {
			return nil
		}
	}
	_, err = s.verify(ctx, asking{}, progress)
	return err
}

// inquire collects what the case holds for a verification, and judges it. No log file is read again.
func (s *session) inquire(ctx context.Context, a asking) (*inquest, error) {
	stamp, err := s.EvidenceStamp(ctx)
	if err != nil {
		return nil, err
	}
	q := &inquest{stamp: stamp}
	if q.members, err = s.engine.Members(ctx); err != nil {
		return nil, err
	}
	in := integrity.Input{Source: "evidence", Since: a.since, Until: a.until, Keys: slices.Clone(a.keys), Metadata: map[string]integrity.Metadata{}}
	for place, m := range a.metadata {
		in.Metadata[place] = m
	}
	if !a.since.IsZero() || !a.until.IsZero() {
		in.Source = "asked"
	} else if window, err := s.Window(ctx); err != nil {
		return nil, err
	} else if !window.IsZero() {
		in.Since, in.Until, in.Source = window.From, window.To, "window"
	}
	kept, problems := s.keptKeys()
	in.Keys = append(in.Keys, kept...)
	q.pile = integrity.Custody(q.members)
	if q.pile.Events, err = s.trailChanges(ctx); err != nil {
		return nil, err
	}
	q.problems = append(problems, q.pile.AddTo(&in)...)
	s.addFetched(q.members, &in)
	if in.Versions, err = s.lookedFor(ctx); err != nil {
		return nil, err
	}
	if in.KeysDenied, err = s.deniedKeys(ctx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.report = integrity.Verify(in)
	return q, nil
}

// nameRecords tells the findings about log files which records they touch, and how to see them.
func (s *session) nameRecords(ctx context.Context, q *inquest) error {
	touched := q.report.Touched(q.members, q.pile)
	if len(touched) == 0 {
		return nil
	}
	counts := func(f model.Filter) (map[string]int64, error) {
		groups, err := s.engine.GroupBy(ctx, model.Query{Filter: f}, []model.Field{model.FieldMember}, 0)
		out := map[string]int64{}
		for _, g := range groups {
			name, _ := g.Values[0].(string)
			out[name] = g.Count
		}
		return out, err
	}
	every := model.Filter{}.With(model.Term{Field: model.FieldRecords, Values: []model.Value{{Text: "all"}}})
	of := model.Filter{}
	if names := namesOf(touched); len(names) <= 100 { // beyond, counting all is faster than naming them
		of = of.With(model.Term{Field: model.FieldMember, Values: names})
	}
	shown, err := counts(of)
	if err != nil {
		return err
	}
	all, err := counts(model.Filter{Terms: append(slices.Clone(every.Terms), of.Terms...)})
	if err != nil {
		return err
	}
	for i, members := range touched {
		f := &q.report.Findings[i]
		f.Records = nil
		for _, m := range members {
			by := model.Filter{}
			if shown[m.Name] != all[m.Name] {
				by = every // some are told by another file too, and a list shows those once
			}
			by = by.With(model.Term{Field: model.FieldMember, Values: []model.Value{{Text: m.Name}}})
			f.Records = append(f.Records, integrity.Records{Member: m.Name, Count: all[m.Name], Filter: filter.Print(by)})
		}
	}
	return nil
}

func namesOf(touched map[int][]*model.Member) (names []model.Value) {
	seen := map[string]bool{}
	for _, members := range touched {
		for _, m := range members {
			if !seen[m.Name] {
				seen[m.Name] = true
				names = append(names, model.Value{Text: m.Name})
			}
		}
	}
	return names
}

// trailChanges asks the case what was done to trails.
func (s *session) trailChanges(ctx context.Context) (found []integrity.Event, err error) {
	f, err := filter.Parse("log:cloudtrail service:cloudtrail outcome:ok op:("+strings.Join(integrity.TrailOps, "|")+")", filter.Context{})
	if err != nil {
		return nil, err
	}
	fields := []model.Field{model.FieldTime, model.FieldOp, model.FieldAccount, model.FieldRegion, model.FieldActor, model.FieldRequest}
	err = s.engine.Stream(ctx, model.Query{Filter: f}, fields, 0, func(r model.Row) error {
		at, ok := r.Values[0].(time.Time)
		if !ok {
			return nil
		}
		var text [5]string
		for i := range text {
			text[i], _ = r.Values[i+1].(string)
		}
		if e, ok := integrity.TrailChange(text[0], text[1], text[2], text[3], text[4], at); ok {
			found = append(found, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for changes of trails: %w", err)
	}
	return found, nil
}

// addFetched adds the metadata of digests that were fetched from S3: it lies beside their copies. What
// somebody gave for their place goes before it.
func (s *session) addFetched(members []model.Member, in *integrity.Input) {
	files := map[model.MemberID]*integrity.File{}
	for _, f := range in.Files {
		files[f.Member] = f
	}
	for i := range members {
		m := &members[i]
		if m.Kind != model.KindDigest || !isS3(m.Locator) || files[m.ID] == nil {
			continue
		}
		if _, given := in.Metadata[m.Place()]; given {
			continue
		}
		if text, err := s.contents.Sidecar(*m); err == nil {
			if found, ok := integrity.ParseSidecar(text); ok {
				files[m.ID].Metadata = &found
			}
		}
	}
}

// keptKeys are those the examiner added to the case, and those that were fetched from AWS.
func (s *session) keptKeys() (keys []integrity.Key, problems []string) {
	entries, err := os.ReadDir(s.Keys())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, []string{"the keys of the case cannot be listed: " + err.Error()}
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		origin := "keys/" + e.Name()
		content, err := os.ReadFile(filepath.Join(s.Keys(), e.Name()))
		if err != nil {
			problems = append(problems, fmt.Sprintf("read public keys from %s: %v", origin, err))
			continue
		}
		trust, region := trustOf(e.Name())
		more, err := integrity.ParseKeys(content, trust, region, origin)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		keys = append(keys, more...)
	}
	return keys, problems
}

// settle writes what an inquest found into the case, unless all of it stands there already, and notes
// the act.
func (s *session) settle(ctx context.Context, q *inquest, progress *model.Progress) error {
	verdicts := q.report.Verdicts(q.members, q.pile)
	badges, changed := map[string]int{}, 0
	byMember := map[model.MemberID]model.Verdict{}
	for _, v := range verdicts {
		badges[v.Badge.String()]++
		byMember[v.Member] = v
	}
	for _, m := range q.members {
		if v, ok := byMember[m.ID]; ok && v.Badge != m.Integrity {
			changed++
		}
	}
	same, err := s.same(ctx, q, changed)
	if err != nil {
		return err
	}
	if !same {
		err := s.SetVerdicts(ctx, verdicts, s.contents, progress, func(ctx context.Context) (store.Verification, error) { return s.outcome(ctx, q) })
		if err != nil {
			return fmt.Errorf("keep the verdicts: %w", err)
		}
	}
	return s.Record(ctx, "verify", map[string]any{
		"result": q.report.Result, "range": q.report.Range, "digests": q.report.Digests, "logs": q.report.Logs,
		"members": badges, "changed": changed, "keys": q.report.Keys,
	})
}

// noticesKept bounds the notices that are kept with a report; a plain copy has one for every digest.
const noticesKept = 1000

// outcome is what a case keeps of an inquest.
func (s *session) outcome(ctx context.Context, q *inquest) (store.Verification, error) {
	if err := s.nameRecords(ctx, q); err != nil {
		return store.Verification{}, err
	}
	kept := *q.report
	notices := 0
	kept.Findings = slices.DeleteFunc(slices.Clone(kept.Findings), func(f integrity.Finding) bool {
		if f.Severity == integrity.Notice {
			notices++
		}
		return notices > noticesKept
	})
	text, err := json.Marshal(&kept)
	v := store.Verification{Counts: countsOf(q.report), Report: text}
	v.Counts.Evidence = q.stamp
	return v, err
}

// same tells that the case knows all of it.
func (s *session) same(ctx context.Context, q *inquest, changed int) (bool, error) {
	settled, err := s.Settled(ctx)
	if err != nil || !settled {
		return false, err
	}
	found, err := s.outcome(ctx, q) // names the records, whatever comes of it
	if err != nil || changed > 0 {
		return false, err
	}
	known, err := s.Verification(ctx)
	return err == nil && string(known.Report) == string(found.Report) && known.Counts.Evidence == q.stamp, err
}

func countsOf(r *integrity.Report) model.Verification {
	v := model.Verification{
		Result: string(r.Result), Digests: r.Digests.Total, DigestsValid: r.Digests.Valid + r.Digests.ValidBySuccessor + r.Digests.HashLinked,
		DigestsInvalid: r.Digests.Invalid, DigestsMissing: r.Digests.Missing,
		Logs: r.Logs.Total, LogsValid: r.Logs.Valid, Altered: r.Logs.Invalid, Missing: r.Logs.Missing, Unlisted: r.Logs.Unlisted,
	}
	for _, c := range r.Chains {
		v.Gaps += len(c.Gaps)
	}
	v.Demo = r.Demo
	return v
}
