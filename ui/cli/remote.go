package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"

	"trailsift/loaders/s3"
	"trailsift/queries/store"
)

// remote is a session's way to AWS: one client for all it asks, since an MFA number is good for one.
type remote struct {
	client   *s3.Client
	way      way // that client goes
	requests requests
	since    time.Time // where what the last load asked for begins; zero is nowhere
	warned   bool      // something was said that a screen would hide
	traces   string    // what the case is to remember of warnings of traces, until it is written to anyway
}

// connect opens the way to AWS, or gives the one that s has. A number of an MFA device is asked for
// here, so nothing else may own the terminal. s may be nil: nothing is kept then.
func (p *program) connect(ctx context.Context, s *session, opt s3.Options) (*s3.Client, error) {
	if s != nil && s.remote.client != nil && s.remote.way == wayOf(opt) {
		return s.remote.client, nil
	}
	way := wayOf(opt)
	opt.MFA, opt.Version, opt.Now = p.asker(), release, p.now
	if s != nil {
		id, err := s.ID(ctx)
		if err != nil {
			return nil, caseFailure(s.Dir(), err)
		}
		opt.Case, opt.Note = id, s.remote.requests.note
		s.remote.requests.begin(s.Case, s3.Agent(release, id), p.now)
	}
	client, err := s3.Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	for _, w := range client.Warnings() {
		p.warn(w, "")
	}
	if s != nil {
		s.remote.client, s.remote.way = client, way
		s.remote.warned = len(client.Warnings()) > 0
	}
	return client, nil
}

// connectLoad connects when one of the sources is a bucket, and warns of what reading it leaves behind.
func (p *program) connectLoad(ctx context.Context, s *session, o *loadOptions, sources []string) error {
	if !slices.ContainsFunc(sources, isS3) || s.remote.client != nil && s.remote.way == wayOf(o.remote) {
		return nil
	}
	opt, err := o.pipeline(p, s)
	if err != nil {
		return err
	}
	way := o.remote
	way.HeadRoom = opt.HeadRoom
	var buckets []string
	for _, src := range sources {
		if !isS3(src) {
			continue
		}
		bucket, _, err := s3.ParseURL(src)
		if err != nil {
			return err
		}
		buckets = append(buckets, bucket)
	}
	if err := p.warnOfTraces(ctx, s, buckets); err != nil {
		return err
	}
	warned := s.remote.warned
	_, err = p.connect(ctx, s, way)
	s.remote.warned = s.remote.warned || warned
	return err
}

// warnOfTraces tells, once a case and bucket, that reading is seen.
func (p *program) warnOfTraces(ctx context.Context, s *session, buckets []string) error {
	var told []string
	text, err := s.remote.traces, error(nil)
	if text == "" {
		text, err = s.Fact(ctx, store.FactTraces)
	}
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &told)
	}
	if err != nil {
		return caseFailure(s.Dir(), fmt.Errorf("read which buckets were warned of: %w", err))
	}
	before := len(told)
	for _, b := range buckets {
		if !slices.Contains(told, b) {
			told = append(told, b)
		}
	}
	if len(told) == before {
		return nil
	}
	id, err := s.ID(ctx)
	if err != nil {
		return caseFailure(s.Dir(), err)
	}
	fmt.Fprintf(p.stderr, "trailsift: warning: reading s3://%s leaves traces\n"+
		"  Its logs may record every request, with this machine's address, your\n"+
		"  identity and the agent %s. An intruder who\n"+
		"  reads them sees that you look: work on a copy if that matters.\n"+
		"  The case keeps the ids of these requests; see the preset our-own-traffic.\n",
		p.printable(strings.Join(told[before:], ", s3://")), s3.Agent(release, id))
	s.remote.warned = true
	list, err := json.Marshal(told)
	if err != nil {
		return err
	}
	s.remote.traces = string(list)
	return nil
}

// rememberTraces has the case remember of which buckets was warned.
func (s *session) rememberTraces(ctx context.Context) error {
	if s.remote.traces == "" {
		return nil
	}
	err := s.SetFact(ctx, store.FactTraces, s.remote.traces)
	s.remote.traces = ""
	return err
}

// waitForReader keeps a screen from hiding warnings before anybody has read them.
func (p *program) waitForReader(ctx context.Context, s *session) error {
	if !s.remote.warned {
		return nil
	}
	s.remote.warned = false
	fmt.Fprint(p.stderr, "enter to go on, ctrl+c to stop ")
	_, err := answered(ctx, func() (string, error) { return readLine(p.stdin) })
	fmt.Fprintln(p.stderr)
	if err != nil {
		return silent(exitInterrupted)
	}
	return nil
}

// answered waits for what somebody types, or for the end of ctx: reading a terminal cannot be cancelled.
func answered(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := read()
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads up to a line end, byte by byte: what follows is for whoever reads next.
func readLine(r io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		switch {
		case n > 0 && (one[0] == '\n' || one[0] == '\r'):
			return string(line), nil
		case err != nil:
			return "", err
		case len(line) < 1024:
			line = append(line, one[:n]...)
		}
	}
}

// endRequests closes the list of requests of one piece of work. That it could not be kept is told, and
// the work is none the worse.
func (s *session) endRequests(p *program) {
	if err := s.remote.requests.end(); err != nil {
		p.warn(err.Error(), "")
	}
}

// openTerminal opens the terminal of this process, whatever its standard streams are.
func (p *program) openTerminal() (*os.File, error) {
	f, err := os.OpenFile(p.terminal, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if !term.IsTerminal(f.Fd()) {
		return nil, errors.Join(errors.New("it is no terminal"), f.Close())
	}
	return f, nil
}

// asker is how somebody is asked for the number of an MFA device; nil without a terminal.
func (p *program) asker() func(ctx context.Context, serial string) (string, error) {
	f, err := p.openTerminal()
	if err != nil {
		return nil
	}
	_ = f.Close()
	return p.askNumber
}

// askNumber asks on the terminal, without showing what is typed.
func (p *program) askNumber(ctx context.Context, serial string) (string, error) {
	f, err := p.openTerminal()
	if err != nil {
		return "", &s3.Error{What: "the MFA number cannot be asked for", Hint: "run it on a terminal", Err: err}
	}
	defer f.Close()
	before, err := term.GetState(f.Fd())
	if err != nil {
		return "", &s3.Error{What: "the MFA number cannot be asked for", Hint: "run it on another terminal", Err: err}
	}
	fmt.Fprintf(f, "MFA number of %s: ", p.printable(serial))
	number, err := answered(ctx, func() (string, error) {
		typed, err := term.ReadPassword(f.Fd())
		return strings.TrimSpace(string(typed)), err
	})
	fmt.Fprintln(f)
	if ctx.Err() != nil {
		_ = term.Restore(f.Fd(), before)
		return "", ctx.Err()
	}
	if err != nil || number == "" {
		return "", &s3.Error{What: "no MFA number was given", Hint: "type the six digits that the device shows", Err: err}
	}
	return number, nil
}
