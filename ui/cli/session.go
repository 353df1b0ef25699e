package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"trailsift/loaders/source"
	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/integrity"
	"trailsift/queries/store"
)

// session is an open case with the engine that answers over it.
type session struct {
	*store.Case
	engine   *store.Engine
	contents *source.Contents
	remote   remote

	mu     sync.Mutex
	report *integrity.Report // of the last verification in this process
	stamp  string            // of the evidence it was about
}

// identity is who acts, for the ledger. Nothing of it is secret.
func (p *program) identity() store.Identity {
	who := "unknown"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return store.Identity{Operator: who, Host: host, Command: append([]string{"trailsift"}, p.args...), Version: release, SHA256: programHash}
}

func (p *program) storeOptions() (store.Options, error) {
	o := store.Options{Wait: p.wait, Now: p.now, Identity: p.identity()}
	if p.memory != "" {
		n, err := parseSize(p.memory)
		if err != nil || n <= 0 {
			return o, usage("as 2GB or 512MB", "--memory wants a size, not %q", p.memory)
		}
		o.Memory = n
	}
	return o, nil
}

// openSession opens the case in dir, or makes it when create is set.
func (p *program) openSession(dir string, create bool) (*session, error) {
	o, err := p.storeOptions()
	if err != nil {
		return nil, err
	}
	var c *store.Case
	if create && !isCase(dir) {
		go programHash() // some 100 MB, and the ledger's first line wants it
		c, err = store.Create(dir, o)
	}
	if c == nil && (err == nil || errors.Is(err, store.ErrExists)) { // made meanwhile by somebody else
		c, err = store.Open(dir, o)
	}
	if err != nil {
		return nil, caseFailure(dir, err)
	}
	for _, problem := range c.Problems() {
		p.warn(problem, "")
	}
	contents := &source.Contents{Dir: c.Evidence()}
	return &session{Case: c, engine: c.Engine(contents), contents: contents}, nil
}

func (s *session) close() error {
	return errors.Join(s.rememberTraces(context.Background()), s.remote.requests.end(), s.contents.Close(), s.Case.Close())
}

// caseFailure says what stands in the way of a case, and what to do.
func caseFailure(dir string, err error) error {
	var busy *store.BusyError
	switch {
	case errors.As(err, &busy) && busy.PID > 0:
		return access(fmt.Errorf("open case %s: process %d holds it", dir, busy.PID), "wait for it, or give --wait a longer time")
	case errors.Is(err, store.ErrBusy):
		return access(fmt.Errorf("open case %s: another process holds it", dir), "wait for it, or give --wait a longer time")
	case errors.Is(err, store.ErrNoCase):
		return access(fmt.Errorf("open case %s: %w", dir, err), "a case is made by: trailsift load --case "+dir+" EVIDENCE")
	case errors.Is(err, store.ErrForeign):
		return access(fmt.Errorf("open case %s: %w", dir, err), "it may have been made to mislead: load the evidence into a new case")
	case errors.Is(err, store.ErrNewer), errors.Is(err, store.ErrOlder):
		return access(fmt.Errorf("open case %s: %w", dir, err), "open it with that version, or load the evidence again")
	case store.IsDamage(err):
		return access(fmt.Errorf("open case %s: %w", dir, err), damagedHint)
	case isFull(err):
		return access(fmt.Errorf("open case %s: %w", dir, err), "free some space on its disk")
	case errors.Is(err, store.ErrReadOnly):
		return access(fmt.Errorf("open case %s: %w", dir, err), "check that the folder and the disk may be written to")
	}
	return access(fmt.Errorf("open case %s: %w", dir, err), "check that the folder may be read and written")
}

// protected are the files and folders that nothing is written into: what was ever loaded from this
// machine, and the copies in the case.
func (s *session) protected(ctx context.Context) ([]string, error) {
	text, err := s.Fact(ctx, store.FactSources)
	if err != nil {
		return nil, err
	}
	var sources []string
	if text != "" {
		if err := json.Unmarshal([]byte(text), &sources); err != nil {
			return nil, fmt.Errorf("read which evidence was loaded: %w", err)
		}
	}
	return append(sources, s.Evidence()), nil
}

// rememberSources adds the local ones of sources to those that are protected.
func (s *session) rememberSources(ctx context.Context, sources []string) error {
	known, err := s.protected(ctx)
	if err != nil {
		return err
	}
	known = known[:len(known)-1]
	before := len(known)
	for _, name := range sources {
		if name == source.Stdin || isS3(name) || slices.Contains(known, absolute(name)) {
			continue
		}
		if _, err := os.Stat(name); err == nil {
			known = append(known, absolute(name))
		}
	}
	if len(known) == before {
		return nil
	}
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return s.SetFact(ctx, store.FactSources, string(text))
}

// damagedHint is what can be done about a damaged database: it holds nothing that is nowhere else.
const damagedHint = "keep the case as it is and load the evidence again into a new one"

// isFull tells that a disk has no room left; the database says so in words of its own.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || strings.Contains(strings.ToLower(err.Error()), "no space left on device")
}

// withCase runs fn over an existing case.
func (p *program) withCase(name string, fn func(s *session) error) error {
	dir, err := p.caseArgument(name)
	if err != nil {
		return err
	}
	s, err := p.openSession(dir, false)
	if err != nil {
		return err
	}
	return errors.Join(fn(s), s.close())
}

// parseFilter reads filter arguments joined by spaces. Relative times count from the case's end.
func (s *session) parseFilter(ctx context.Context, args []string) (model.Filter, error) {
	text := strings.Join(args, " ")
	end := time.Time{}
	if strings.Contains(text, ":-") {
		o, err := s.engine.Overview(ctx)
		if err != nil {
			return model.Filter{}, err
		}
		end = o.Span.To
	}
	f, err := filter.Parse(text, filter.Context{End: end})
	if err != nil {
		return f, usage("trailsift help filter tells the language; a filter that starts with - follows --", "filter: %w", err)
	}
	return f, nil
}

// parseFields reads a comma list of field names.
func parseFields(flag, list string, more ...model.Field) ([]model.Field, error) {
	if list == "" {
		return nil, nil
	}
	var out []model.Field
	for _, name := range strings.Split(list, ",") {
		f := model.Field(strings.TrimSpace(name))
		info, ok := model.Lookup(f)
		if !ok || info.Filter && !slices.Contains(more, f) {
			if near := filter.Nearest(string(f)); near != "" && near != string(f) {
				return nil, usage("trailsift help filter lists the fields", "%s: there is no field %q; did you mean %s?", flag, name, near)
			}
			return nil, usage("fields are: "+fieldList(), "%s: there is no field %q", flag, name)
		}
		if slices.Contains(out, f) {
			return nil, usage("name each field once", "%s: %s stands there twice", flag, f)
		}
		out = append(out, f)
	}
	return out, nil
}

func fieldList() string {
	names := make([]string, 0, 64)
	for _, f := range model.Columns() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

// parseSort reads a field name; a leading minus turns the order round.
func parseSort(s string) (model.Sort, error) {
	if s == "" {
		return model.Sort{}, nil
	}
	name, desc := strings.CutPrefix(s, "-")
	fields, err := parseFields("--sort", name)
	if err != nil {
		return model.Sort{}, err
	}
	if len(fields) != 1 {
		return model.Sort{}, usage("one field; a leading - turns the order round: --sort=-bytes_out", "--sort wants a field, not %q", s)
	}
	return model.Sort{Field: fields[0], Desc: desc}, nil
}

// parseSize reads 2GB, 512MiB, 1000.
func parseSize(s string) (int64, error) {
	low := strings.ToLower(strings.TrimSpace(s))
	for _, u := range []struct {
		unit  string
		bytes int64
	}{{"tib", 1 << 40}, {"gib", 1 << 30}, {"mib", 1 << 20}, {"kib", 1 << 10}, {"tb", 1e12}, {"gb", 1e9}, {"mb", 1e6}, {"kb", 1e3}, {"b", 1}, {"", 1}} {
		digits, ok := strings.CutSuffix(low, u.unit)
		if !ok {
			continue
		}
		f, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || !(f >= 0) || f*float64(u.bytes) > 1<<60 {
			return 0, fmt.Errorf("%q is no size", s)
		}
		return int64(f * float64(u.bytes)), nil
	}
	return 0, fmt.Errorf("%q is no size", s)
}

// tellCoverage follows an empty or zero answer: what the evidence could have shown.
func (p *program) tellCoverage(ctx context.Context, s *session, q model.Query) error {
	c, err := covering{s.engine, s}.Coverage(ctx, q)
	if err != nil {
		return fmt.Errorf("find out what the evidence covers: %w", err)
	}
	fmt.Fprintln(p.stderr, "nothing matches. What the evidence covers:")
	for _, l := range coverageLines(c) {
		fmt.Fprintln(p.stderr, "  "+p.printable(l))
	}
	return nil
}

func coverageLines(c model.Coverage) []string {
	var out []string
	for _, l := range c.Lines {
		what := "CloudTrail"
		if l.Log == model.AccessLog {
			what = "access logs"
		}
		if l.Account != "" {
			what += " of account " + l.Account
		}
		if l.Bucket != "" {
			what += " of bucket " + l.Bucket
		}
		line := fmt.Sprintf("%s: %d records, %s to %s", what, l.Records, utc(l.First), utc(l.Last))
		if l.WindowHours > 0 {
			line += fmt.Sprintf("; records in %d of the %d hours asked", l.Hours, l.WindowHours)
		}
		if l.Log == model.CloudTrail && !l.DataEvents {
			line += "; no data events"
		}
		out = append(out, line)
	}
	out = append(append(out, c.Missing...), c.Blind...)
	if len(out) == 0 {
		out = append(out, "nothing: the case holds no records")
	}
	return out
}
