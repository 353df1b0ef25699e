package filter

import (
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
)

// Guide is the reference as plain text of at most 78 columns, for a terminal.
func Guide() string {
	var b strings.Builder
	b.WriteString("FILTER is a list of conditions; a request is kept when all of them hold.\n" +
		"It may be one argument or several; on a shell, put it in single quotes. One that\nstarts with - follows --.\n\n")
	for _, e := range slices.Concat(basics, windows, listed) {
		fmt.Fprintf(&b, "  %s\n", e.text)
		for _, l := range wrapped(e.means, 70) {
			fmt.Fprintf(&b, "      %s\n", l)
		}
	}
	b.WriteString("\nText compares exactly and minds case; op, the named values and bare words ignore\nit. The fields, which are the columns of exports too:\n\n")
	for _, in := range model.Fields {
		for i, l := range wrapped(in.Help, 58) {
			name := ""
			if i == 0 {
				name = string(in.Field)
			}
			fmt.Fprintf(&b, "  %-17s %s\n", name, l)
		}
		if names := fixedNames(in); len(names) > 1 && in.Kind != model.KindBool {
			for _, l := range wrapped(strings.Join(names, " "), 56) {
				fmt.Fprintf(&b, "  %-17s   %s\n", "", l)
			}
		}
	}
	fmt.Fprintf(&b, "  %-17s %s\n", "json.PATH", "a member of the record's JSON")
	return b.String()
}

// wrapped breaks text at spaces into lines of at most width characters.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// Nearest is the field that a name was most likely meant to be; empty when none is near.
func Nearest(name string) string { return nearestField(name) }
