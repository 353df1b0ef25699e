package shell

import (
	"strings"

	"trailsift/model"
	"trailsift/ui/widget/value"
)

// Twinned is a screen that a command tells without a screen.
type Twinned interface{ Twin() Twin }

// Twin is the command that tells what a screen shows.
type Twin struct {
	Verb   string   // as "audit encryption"
	Words  []string // what follows the case: names and flags
	Filter model.Filter
}

// Command is the twin as it is typed, about the case of that name. print writes filters.
func (t Twin) Command(name string, print func(model.Filter) string) string {
	out := []string{"trailsift", t.Verb, value.Quote(name)}
	for _, w := range t.Words {
		out = append(out, value.Quote(w))
	}
	if text := print(t.Filter); text != "" {
		if strings.HasPrefix(text, "-") {
			out = append(out, "--")
		}
		out = append(out, value.Quote(text))
	}
	return strings.Join(out, " ")
}
