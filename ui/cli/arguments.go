package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trailsift/loaders/s3"
	"trailsift/loaders/source"
)

// argumentsAreUsage makes a wrong number of arguments a usage error in our words, for every command.
func argumentsAreUsage(c *cobra.Command) {
	check := c.Args
	if check == nil && c.Runnable() {
		check = cobra.ArbitraryArgs
	}
	if check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			use := strings.TrimSuffix(c.UseLine(), " [flags]")
			hint := use + "; see " + c.CommandPath() + " --help"
			if check(c, args) != nil {
				return usage(hint, "%s", misfit(c, use, len(args)))
			}
			if len(args) > 0 && args[0] == "" {
				return usage(hint, "the first argument of %s is empty", c.CommandPath())
			}
			for _, name := range []string{"limit", "top"} {
				if f := c.Flags().Lookup(name); f != nil && strings.HasPrefix(f.Value.String(), "-") {
					return usage("0 is no limit", "--%s wants a number from 0 on, not %s", name, f.Value)
				}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		argumentsAreUsage(sub)
	}
}

// misfit says which arguments a command wants.
func misfit(c *cobra.Command, use string, given int) string {
	wants := strings.TrimSpace(strings.TrimPrefix(use, c.CommandPath()))
	switch {
	case wants == "":
		return c.CommandPath() + " takes no arguments"
	case given == 0:
		return fmt.Sprintf("%s wants %s", c.CommandPath(), wants)
	}
	return fmt.Sprintf("%s wants %s, not %d of them", c.CommandPath(), wants, given)
}

// badValue is how a flag that does not take its value is told by the library.
var badValue = regexp.MustCompile(`(?s)^invalid argument (".*") for "(?:-., )?--([a-z-]+)" flag`)

// flagWants are the kinds of values that flags take, and an example of each.
var flagWants = map[string][2]string{
	"int": {"a whole number", "10"}, "int64": {"a whole number", "10"}, "duration": {"a length of time", "30s or 5m"},
	"bool": {"true or false", "true, or nothing"}, "stringSlice": {"names joined by commas", "a,b"},
}

// flagsAreUsage tells a wrong flag in our words.
func flagsAreUsage(c *cobra.Command, err error) error {
	hint := "see " + c.CommandPath() + " --help"
	if strings.Contains(err.Error(), "shorthand flag") {
		hint = "a filter that starts with - follows --; " + hint
	}
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		if f := c.Flags().Lookup(m[2]); f != nil && flagWants[f.Value.Type()][0] != "" {
			wants := flagWants[f.Value.Type()]
			return usage("as "+wants[1]+"; "+hint, "--%s wants %s, not %s", m[2], wants[0], m[1])
		}
	}
	return usage(hint, "%w", err)
}

// checkShared refuses values that the flags of every command do not take.
func (p *program) checkShared() error {
	if err := oneOfFlag("--color", p.color, "auto", "always", "never"); err != nil {
		return err
	}
	if err := oneOfFlag("--progress", p.progress, "auto", "json", "none"); err != nil {
		return err
	}
	switch {
	case p.threads < 0 || p.threads > mostThreads:
		return usage("leave it out for one a core", "--threads wants a number from 1 to %d, not %d", mostThreads, p.threads)
	case p.wait < 0:
		return usage("as 5s; 0s does not wait", "--wait wants a length of time, not %s", p.wait)
	}
	_, err := p.storeOptions()
	return err
}

// mostThreads is more than any machine this runs on has cores.
const mostThreads = 1024

func oneOfFlag(flag, value string, known ...string) error {
	if !slices.Contains(known, value) {
		return usage(strings.Join(known, ", "), "%s does not know %q", flag, value)
	}
	return nil
}

// strayed tells a word that follows a command that only has others below it, and is none of them.
func strayed(c *cobra.Command) error {
	words := c.Flags().Args()
	if c.Runnable() || len(words) == 0 || c.Flags().Changed("help") {
		return nil
	}
	return noCommand(c, words[0])
}

func noCommand(c *cobra.Command, word string) error {
	hint := "see " + c.CommandPath() + " --help"
	if like := c.SuggestionsFor(word); len(like) > 0 {
		hint = "did you mean " + c.CommandPath() + " " + like[0] + "?"
	}
	return usage(hint, "there is no command %s %s", c.CommandPath(), word)
}

// helpIsUsage makes a word that help knows nothing about an error, instead of the help on everything.
func (p *program) helpIsUsage(root *cobra.Command) {
	tell := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if p.wrong = strayed(c); p.wrong == nil {
			tell(c, args)
		}
	})
	for _, c := range root.Commands() {
		if c.Name() != "help" || c.Run == nil {
			continue
		}
		run := c.Run
		c.Run, c.RunE = nil, func(c *cobra.Command, args []string) error {
			if found, rest, err := root.Find(args); err != nil || len(rest) > 0 {
				if found == nil {
					found = root
				}
				return noCommand(found, strings.Join(rest, " "))
			}
			run(c, args)
			return nil
		}
	}
}

// checkSources refuses what cannot be loaded whatever it holds, before a case is made for it.
func checkSources(o *loadOptions, sources []string) error {
	for _, s := range sources {
		switch {
		case s == "":
			return usage("name files, folders, archives, s3://bucket/prefix, or - for standard input", "the name of a source is empty")
		case isS3(s):
			if _, _, err := s3.ParseURL(s); err != nil {
				return usage("write it as s3://bucket/prefix", "%s is no place in S3", s)
			}
		case absent(s):
			hint := "check the name"
			if strings.HasPrefix(strings.ToLower(s), "s3:") {
				hint = "a place in S3 is written s3://bucket/prefix"
			}
			return usage(hint, "there is no file or folder %s", s)
		case s != source.Stdin && strings.ContainsAny(s, "*?["):
			if there, err := filepath.Glob(s); err != nil || len(there) == 0 {
				if _, err := os.Lstat(s); err != nil {
					return usage("check the name", "nothing matches %s", s)
				}
			}
		}
	}
	if len(bucketsOf(sources)) == 0 {
		return nil
	}
	var wrong *s3.Error
	if err := o.remote.Check(); errors.As(err, &wrong) {
		return usage(wrong.Hint, "%w", err)
	}
	return nil
}
