// Package keys holds the one table of acts and keys. Handling, help, hint line, palette and the
// generated reference all read it, so none of them can say what another does not do. It must not
// know what an act does: screens and the root give the acts their meaning.
package keys

import (
	"slices"
	"strings"
)

// Action names an act.
type Action string

// Pane is the part of the interface that has the keys.
type Pane string

// The panes. Overlays stand alone; the others fall back on their parents.
const (
	Everywhere Pane = "everywhere"
	Explore    Pane = "explore"
	List       Pane = "events"
	Detail     Pane = "detail"
	Facets     Pane = "facets"
	Bars       Pane = "bars"
	Presets    Pane = "presets"
	Groups     Pane = "groups"
	Objects    Pane = "objects"
	Sources    Pane = "sources"
	Notebook   Pane = "notebook"
	Verify     Pane = "verify"
	Proof      Pane = "proof"
	Encryption Pane = "encryption"
	Bucket     Pane = "bucket"
	Actors     Pane = "actors"
	Card       Pane = "actor"
	Story      Pane = "object story"
	Deletes    Pane = "deletes"
	Coverage   Pane = "coverage"

	Input    Pane = "filter text"
	Chips    Pane = "chips"
	Picker   Pane = "values"
	Pivots   Pane = "pivots"
	Chooser  Pane = "fields"
	Views    Pane = "history"
	Briefing Pane = "briefing"
	Log      Pane = "log"
	Help     Pane = "help"
	Palette  Pane = "palette"
	Dialog   Pane = "dialog"
	Param    Pane = "parameter"
)

var parents = map[Pane][]Pane{
	List:    {Explore, Everywhere},
	Detail:  {Explore, Everywhere},
	Facets:  {Explore, Everywhere},
	Proof:   {Explore, Everywhere},
	Bars:    {Explore, Everywhere},
	Explore: {Everywhere},
	Presets: {Everywhere}, Groups: {Everywhere}, Sources: {Everywhere}, Objects: {Everywhere}, Verify: {Everywhere}, Encryption: {Everywhere}, Notebook: {Everywhere}, Bucket: {Everywhere},
	Actors: {Everywhere}, Card: {Everywhere}, Story: {Everywhere}, Deletes: {Everywhere}, Coverage: {Everywhere},
}

// Panes is every pane that can have the keys, in the order of the reference.
var Panes = []Pane{List, Detail, Proof, Facets, Bars, Presets, Groups, Objects, Story, Deletes, Actors, Card, Encryption, Verify, Sources, Coverage, Notebook, Bucket, Input, Chips, Picker, Pivots, Chooser, Views, Briefing, Log, Help, Palette, Dialog, Param}

// Act is one line of the table: what is done by which keys in which panes. A key of two parts, like
// "f o", is pressed one after the other.
type Act struct {
	Action Action
	Keys   []string
	Panes  []Pane
	Short  string // for the hint line, or the strip of choices of a pair; empty: not shown there
	Help   string
}

// In lists the acts of pane p, its own first. An act of a parent whose keys do something else here is
// left out.
func In(p Pane) []Act {
	var out []Act
	taken := map[string]bool{} // by a pane further in
	for _, scope := range append([]Pane{p}, parents[p]...) {
		first := len(out)
		for _, a := range Table {
			if !a.in(scope) || !slices.ContainsFunc(a.Keys, func(k string) bool { return !taken[k] }) {
				continue
			}
			out = append(out, a)
		}
		for _, a := range out[first:] {
			for _, k := range a.Keys {
				taken[k] = true
			}
		}
	}
	return out
}

func (a Act) in(p Pane) bool {
	for _, q := range a.Panes {
		if q == p {
			return true
		}
	}
	return false
}

// Lookup finds the act of a key in pane p. prefix tells that the key begins a pair.
func Lookup(p Pane, key string) (act Action, prefix bool) {
	for _, scope := range append([]Pane{p}, parents[p]...) {
		for _, a := range Table {
			if !a.in(scope) {
				continue
			}
			for _, k := range a.Keys {
				if k == key {
					return a.Action, false
				}
				prefix = prefix || strings.HasPrefix(k, key+" ")
			}
		}
	}
	return "", prefix
}

// Choices lists what may follow prefix in pane p.
func Choices(p Pane, prefix string) []Act {
	var out []Act
	for _, a := range In(p) {
		for _, k := range a.Keys {
			if strings.HasPrefix(k, prefix+" ") {
				out = append(out, a)
			}
		}
	}
	return out
}

// Hints lists the acts that the hint line of pane p shows.
func Hints(p Pane) []Act {
	var out []Act
	for _, a := range In(p) {
		if a.Short != "" && !strings.Contains(a.Keys[0], " ") {
			out = append(out, a)
		}
	}
	return out
}

// Reference is the table as Markdown, one section a pane.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Keys\n\nThis page is generated from the program's own key table. Keys of *everywhere* and *explore* hold in the panes below them too.\n")
	for _, p := range append([]Pane{Everywhere, Explore}, Panes...) {
		b.WriteString("\n## " + strings.ToUpper(string(p[:1])) + string(p[1:]) + "\n\n| keys | act |\n|---|---|\n")
		for _, a := range Table {
			if a.in(p) {
				ks := make([]string, len(a.Keys))
				for i, k := range a.Keys {
					ks[i] = "`" + strings.ReplaceAll(k, "|", `\|`) + "`"
				}
				b.WriteString("| " + strings.Join(ks, " ") + " | " + a.Help + " |\n")
			}
		}
	}
	return b.String()
}
