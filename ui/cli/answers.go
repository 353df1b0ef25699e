package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/recording"
	"trailsift/queries/inquiry"
	"trailsift/queries/store"
)

const (
	mostSaved  = 10_000  // files below what --saved names
	savedLimit = 4 << 20 // bytes of one of them
)

// readSaved reads saved answers. Files that are none are told and left out.
func (p *program) readSaved(names []string, s recording.Subjects) ([]recording.Reply, error) {
	var files []string
	for _, name := range names {
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Type().IsRegular() && (path == name || !strings.HasPrefix(d.Name(), ".")) {
				files = append(files, path)
			}
			if len(files) > mostSaved {
				return fmt.Errorf("%s holds more than %d files", name, mostSaved)
			}
			return nil
		})
		if err != nil {
			return nil, access(fmt.Errorf("read the saved answers: %w", err), "check the name given to --saved")
		}
	}
	// Some answers tell of a trail only its name; others tell whose that is.
	var out []recording.Reply
	var refused []string
	for range 2 {
		out, refused = nil, nil
		for _, f := range files {
			r, err := readAnswer(f, s)
			switch {
			case errors.Is(err, fs.ErrPermission):
				return nil, access(fmt.Errorf("read the saved answers: %w", err), "check that you may read it")
			case err != nil:
				refused = append(refused, err.Error())
			default:
				out = append(out, r)
			}
		}
		s.Trails = recording.TrailsNamed(s.Trails, out)
	}
	if len(out) == 0 {
		return nil, noAnswers(refused)
	}
	for _, text := range refused {
		p.warn(text, "")
	}
	return out, nil
}

// readAnswer reads one file. It counts as of the time that the file bears, which is the asking's or later.
func readAnswer(path string, s recording.Subjects) (recording.Reply, error) {
	f, err := os.Open(path)
	if err != nil {
		return recording.Reply{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return recording.Reply{}, err
	}
	content, err := io.ReadAll(io.LimitReader(f, savedLimit+1))
	if err != nil {
		return recording.Reply{}, err
	}
	if len(content) > savedLimit {
		return recording.Reply{}, fmt.Errorf("%s is too large for an answer", path)
	}
	return recording.ReadSaved(filepath.ToSlash(path), content, info.ModTime(), s)
}

// keptAnswers is a file of the case with AWS's answers.
type keptAnswers struct{ File, SHA256 string }

// keepAnswers writes a report's replies into the case: what it holds stands in the ledger, and its hash is
// remembered for whoever reads it again.
func (s *session) keepAnswers(ctx context.Context, p *program, r recording.Report, subjects recording.Subjects) (keptAnswers, error) {
	at := p.now().UTC()
	content, err := recording.Encode(r, subjects, at)
	if err != nil {
		return keptAnswers{}, err
	}
	sum := sha256.Sum256(content)
	kept := keptAnswers{SHA256: hex.EncodeToString(sum[:])}
	name := "answers-" + at.Format("20060102T150405Z") + "-" + kept.SHA256[:8] + ".json"
	kept.File = "aws/" + name
	if err := os.MkdirAll(s.AWS(), 0o700); err != nil {
		return kept, err
	}
	root, err := os.OpenRoot(s.AWS())
	if err != nil {
		return kept, err
	}
	defer root.Close()
	if err := errors.Join(writeDurably(root, "."+name, content), root.Rename("."+name, name)); err != nil {
		return kept, err
	}
	refused := 0
	for _, q := range r.Replies {
		if q.Unread() {
			refused++
		}
	}
	err = s.Record(ctx, "doctor", map[string]any{"file": kept.File, "sha256": kept.SHA256, "caller": r.Caller, "buckets": subjects.Buckets, "trails": subjects.Trails, "replies": len(r.Replies), "unread": refused})
	if err != nil {
		return kept, err
	}
	known, err := s.answersKnown(ctx)
	if err != nil {
		return kept, err
	}
	known[name] = kept.SHA256
	text, err := json.Marshal(known)
	if err != nil {
		return kept, err
	}
	return kept, s.SetFact(ctx, store.FactAnswers, string(text))
}

// answersKnown are the files of answers that the case has, with their hashes.
func (s *session) answersKnown(ctx context.Context) (map[string]string, error) {
	known := map[string]string{}
	text, err := s.Fact(ctx, store.FactAnswers)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &known)
	}
	if err != nil {
		return nil, fmt.Errorf("read which answers of AWS are kept: %w", err)
	}
	return known, nil
}

// settings are what the kept answers tell coverage.
func (s *session) settings(ctx context.Context) (out []answer.Setting, problems []string, err error) {
	reports, problems, err := s.reports(ctx)
	for _, r := range reports {
		out = append(out, r.Settings()...)
	}
	return out, problems, err
}

// logBuckets are those that the kept answers name, with how.
func (s *session) logBuckets(ctx context.Context) (map[string]string, error) {
	reports, _, err := s.reports(ctx)
	out := map[string]string{}
	for _, r := range reports {
		maps.Copy(out, r.LogBuckets())
	}
	return out, err
}

// tampered tells what changed the recording, the kept answers' log buckets among those that count.
func (s *session) tampered(ctx context.Context, f model.Filter) ([]answer.Cause, error) {
	told, err := s.logBuckets(ctx)
	if err != nil {
		return nil, err
	}
	return inquiry.Tamper(ctx, s.engine, f, told)
}

// reports are the kept answers. A file that is not as it was kept counts for nothing; problems say so.
func (s *session) reports(ctx context.Context) (out []recording.Report, problems []string, err error) {
	known, err := s.answersKnown(ctx)
	if err != nil || len(known) == 0 {
		return nil, nil, err
	}
	root, err := os.OpenRoot(s.AWS())
	if err != nil {
		return nil, []string{"the kept answers of AWS cannot be read: " + err.Error()}, nil
	}
	defer root.Close()
	for _, name := range slices.Sorted(maps.Keys(known)) {
		content, err := root.ReadFile(name)
		sum := sha256.Sum256(content)
		switch {
		case err != nil:
			problems = append(problems, "the kept answers aws/"+name+" cannot be read, and count for nothing: "+err.Error())
			continue
		case hex.EncodeToString(sum[:]) != known[name]:
			problems = append(problems, "the kept answers aws/"+name+" were changed since they were kept, and count for nothing")
			continue
		}
		report, err := recording.Decode(content)
		if err != nil {
			problems = append(problems, "aws/"+name+": "+err.Error())
			continue
		}
		out = append(out, report)
	}
	return out, problems, nil
}
