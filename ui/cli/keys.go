package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/model"
	"trailsift/model/integrity"
)

func (p *program) keysCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Keep public keys from a source you trust, and list those a verification uses",
		Long: "Public keys are the root of a verification: whoever can replace them can forge everything. Keys that lie among\n" +
			"the evidence only prove that the pile agrees with itself. Get them from AWS, Region by Region, and keep them here.",
	}
	add := &cobra.Command{
		Use: "add CASE FILE...", Short: "Keep key files in the case and verify it with them", Args: cobra.MinimumNArgs(2),
		Example: "  aws cloudtrail list-public-keys --start-time 2026-03-01 --end-time 2026-03-31 --region us-east-1 > keys.json\n  trailsift case keys add acme.case keys.json",
		RunE: func(c *cobra.Command, args []string) error {
			files, err := p.readKeyFiles(args[1:])
			if err != nil {
				return err
			}
			return p.withCase(args[0], func(s *session) error { return p.addKeys(c.Context(), s, files) })
		},
	}
	var format string
	list := &cobra.Command{
		Use: "list CASE", Short: "List the keys: kept ones, and those that lie among the evidence", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usage("text or json", "no such format: %s", format)
			}
			return p.withCase(args[0], func(s *session) error { return p.listKeys(c.Context(), s, format) })
		},
	}
	list.Flags().StringVar(&format, "format", "text", "text or json")
	c.AddCommand(add, list, p.fetchKeysCommand())
	return c
}

// keyFile is a file of public keys that was read and found good.
type keyFile struct {
	name    string // base name as given
	content []byte
	keys    []integrity.Key
	sha256  string
}

const keyHint = "use the output of: aws cloudtrail list-public-keys --start-time … --end-time … --region …"

// readKeyFiles reads all files before any is kept. A file none of whose keys can be used is refused.
func (p *program) readKeyFiles(names []string) ([]keyFile, error) {
	var out []keyFile
	for _, name := range names {
		content, err := readSmall(name)
		if err != nil {
			return nil, access(fmt.Errorf("read public keys: %w", err), "check the name and that you may read it")
		}
		keys, err := integrity.ParseKeys(content, integrity.TrustExaminer, "", name)
		if err != nil {
			return nil, usage(keyHint, "%w", err)
		}
		var refused []string
		for _, k := range keys {
			if k.Unusable {
				refused = append(refused, fmt.Sprintf("the key %s in %s is refused: %s", k.Fingerprint, name, k.Problem))
			}
		}
		switch {
		case len(keys) == 0:
			return nil, usage(keyHint, "%s lists no keys", name)
		case len(refused) == len(keys):
			return nil, usage(keyHint, "none of the keys in %s can be used: %s", name, refused[0])
		}
		p.tellProblems(refused)
		sum := sha256.Sum256(content)
		out = append(out, keyFile{filepath.Base(name), content, keys, hex.EncodeToString(sum[:])})
	}
	return out, nil
}

// readSmall reads a file that cannot sensibly be large.
func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > integrity.BodyLimit {
		return nil, fmt.Errorf("%s: %d MB are too many for a list of keys", name, info.Size()>>20)
	}
	return os.ReadFile(name)
}

func (p *program) addKeys(ctx context.Context, s *session, files []keyFile) error {
	for _, f := range files {
		kept, err := s.keepKeys(ctx, f, givenName(f.name), "keys-add")
		switch {
		case err != nil:
			return access(fmt.Errorf("keep the keys of %s: %w", f.name, err), "check that the case's folder may be written to")
		case kept == "":
			fmt.Fprintf(p.stdout, "%s is in the case already, sha256 %s\n", p.printable(f.name), f.sha256)
		default:
			fmt.Fprintf(p.stdout, "%d keys of %s kept as keys/%s, sha256 %s\n", len(f.keys), p.printable(f.name), kept, f.sha256)
		}
	}
	progress := &model.Progress{}
	stop := p.showProgress(progress)
	err := s.conclude(ctx, progress)
	stop()
	if err != nil {
		return caseFailure(s.Dir(), err)
	}
	known, err := s.Verification(ctx)
	if err == nil {
		_, err = fmt.Fprintln(p.stdout, verificationLine(known.Counts))
	}
	return err
}

// AddKeys keeps key files in the case and verifies it with them.
func (s *session) AddKeys(ctx context.Context, p *program, names []string, progress *model.Progress) (*integrity.Report, error) {
	files, err := p.readKeyFiles(names)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, err := s.keepKeys(ctx, f, givenName(f.name), "keys-add"); err != nil {
			return nil, fmt.Errorf("keep the keys of %s: %w", f.name, err)
		}
	}
	return s.Verify(ctx, progress)
}

// fetchedPrefix begins the names of lists that this program got from AWS itself. Files that a person
// gives never get a name that begins so: the name is what the trust in their keys is told by.
const fetchedPrefix = "aws-"

func givenName(name string) string {
	base := strings.TrimSuffix(baseName(name), ".json")
	if strings.HasPrefix(base, fetchedPrefix) {
		return "given-" + base
	}
	return base
}

// keepKeys writes one file into the case, whole or not at all, under a name that begins with base. as
// is that name, empty when the case has these bytes already.
func (s *session) keepKeys(ctx context.Context, f keyFile, base, act string) (as string, err error) {
	if err := os.MkdirAll(s.Keys(), 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(s.Keys())
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		content, err := readSmall(filepath.Join(s.Keys(), e.Name()))
		if err == nil && sha256.Sum256(content) == sha256.Sum256(f.content) {
			return "", nil
		}
	}
	as = base + "-" + f.sha256[:8] + ".json"
	root, err := os.OpenRoot(s.Keys())
	if err != nil {
		return "", err
	}
	defer root.Close()
	temp := "." + as
	if err := writeDurably(root, temp, f.content); err != nil {
		return "", errors.Join(err, root.Remove(temp))
	}
	if err := root.Rename(temp, as); err != nil {
		return "", err
	}
	fingerprints := make([]string, len(f.keys))
	for i, k := range f.keys {
		fingerprints[i] = k.Fingerprint
	}
	return as, s.Record(ctx, act, map[string]any{"file": "keys/" + as, "given": f.name, "sha256": f.sha256, "fingerprints": fingerprints})
}

func writeDurably(root *os.Root, name string, content []byte) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// keyLine is one key as case keys list tells of it.
type keyLine struct {
	integrity.KeySummary
	Problem string `json:"problem,omitempty"`
}

func (p *program) listKeys(ctx context.Context, s *session, format string) error {
	keys, problems := s.keptKeys()
	members, err := s.engine.Members(ctx)
	if err != nil {
		return err
	}
	in := integrity.Input{Keys: keys}
	problems = append(problems, integrity.Custody(members).AddTo(&in)...)
	p.tellProblems(problems)
	lines := []keyLine{}
	for _, k := range in.Keys {
		lines = append(lines, keyLine{k.Summary(), k.Problem})
	}
	if format == "json" {
		enc := json.NewEncoder(p.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(lines)
	}
	for _, k := range lines {
		p.printKey(func(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }, k.KeySummary)
		if k.Problem != "" {
			fmt.Fprintf(p.stdout, "           REFUSED: %s\n", p.printable(k.Problem))
		}
	}
	if len(lines) == 0 {
		fmt.Fprintf(p.stderr, "the case has no public keys; get them with: aws cloudtrail list-public-keys, and keep them with: trailsift case keys add %s FILE\n", p.printable(s.Dir()))
	}
	return nil
}

// verificationLine tells the outcome of a verification in counts.
func verificationLine(v model.Verification) string {
	if v.Digests == 0 {
		return fmt.Sprintf("no digests, so nothing vouches for the %d log files", v.Logs)
	}
	text := fmt.Sprintf("%d/%d digests valid", v.DigestsValid, v.Digests)
	if v.DigestsInvalid > 0 {
		text += fmt.Sprintf(", %d invalid", v.DigestsInvalid)
	}
	if v.DigestsMissing > 0 {
		text += fmt.Sprintf(", %d missing", v.DigestsMissing)
	}
	text += fmt.Sprintf("; %d/%d logs valid", v.LogsValid, v.Logs)
	if rest := words("altered", v.Altered, "missing", v.Missing, "unlisted", v.Unlisted); rest != "none" {
		text += ", " + rest
	}
	if v.Gaps > 0 {
		text += fmt.Sprintf("; %d gaps", v.Gaps)
	}
	if v.Demo {
		text += "; DEMO KEY, proves nothing"
	}
	if v.Stale {
		text += " (evidence, keys or the window changed since; verify again)"
	}
	return text
}
