package preset

import (
	"fmt"
	"strings"
)

// Reference lists the built-in presets, as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Presets\n\nThis page is generated from the presets that come with the program.\n\n" +
		"A preset is a question with the filter that answers it. `trailsift preset run CASE NAME` answers one, the screen\n" +
		"Presets lists them with counts, and `trailsift preset save` keeps your own. Your presets are files like these in the\n" +
		"case's `presets/` or, for every case, in `presets/` of the configuration folder; one with the name of a built-in preset\n" +
		"stands in its place. Files that others could have written are not read.\n\n")
	b.WriteString("```yaml\nname: reads-of-payroll          # a-z, 0-9 and -\ntitle: Reads of the payroll\ntopic: mine\n" +
		"question: Who read files of the payroll?\nfilter: op:GetObject key:{prefix}   # {name} is a value, never part of the language\n" +
		"group: [actor, ip]              # optional: a table of counts instead of the requests\nover: hour                      # optional, with group: by stretches of 10m, hour or day\nleast: [objects 50, bytes 10MB, ip 2]  # optional, with group: only groups with so much of one; a field counts its values\n# audit: links                  # optional, without group: answered by an audit of what the filter keeps\nsort: -bytes_out                # optional\n" +
		"params:\n  - name: prefix\n    help: where the payroll lies; * is wild\n    default: payroll/*\n    glob: true                  # * and ? are wild\n    list: false                 # true: several, joined by commas\n    any: false                  # true: a * alone leaves the condition out\n    field: key                  # optional: whose values complete it\n" +
		"evidence: [access, cloudtrail-data]   # any one of them will do\nreading: A HEAD is no read.     # optional: how to read the answer\nempty: No read of it is recorded.\nnext: Look at the actors.\nlead: files of the payroll were read   # optional: worth the briefing when the count is not zero\nweight: 7                       # optional, with lead, 1 to 9: the heaviest stand first in the briefing; else 5\n```\n\n")
	fmt.Fprintf(&b, "`evidence` may name `access`, `cloudtrail`, `cloudtrail-data`, `cloudtrail-management` and `verification`.\n")
	topic := ""
	for _, p := range Builtin() {
		if p.Topic != topic {
			topic = p.Topic
			fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(topic[:1])+topic[1:])
		}
		p.describe(&b)
	}
	return b.String()
}

func (p Preset) describe(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", p.Name, p.Title, p.Question)
	if p.Filter == "" {
		b.WriteString("- filter: none, every request\n")
	} else {
		fmt.Fprintf(b, "- filter: `` %s ``\n", p.Filter)
	}
	if len(p.Group) > 0 {
		fmt.Fprintf(b, "- counted by: %s\n", strings.Join(p.Group, ", "))
	}
	if p.Over != "" {
		fmt.Fprintf(b, "- by stretches of: %s\n", p.Over)
	}
	if len(p.Least) > 0 {
		fmt.Fprintf(b, "- told from: %s\n", strings.Join(p.Least, ", or "))
	}
	if p.Audit != "" {
		fmt.Fprintf(b, "- answered by: `trailsift %s`\n", p.Command())
	}
	if p.Sort != "" {
		fmt.Fprintf(b, "- sorted by: %s\n", p.Sort)
	}
	for _, q := range p.Params {
		fmt.Fprintf(b, "- parameter `%s`: %s; default `` %s ``\n", q.Name, q.Help, q.Default)
	}
	fmt.Fprintf(b, "- needs: %s\n", strings.Join(p.Words(), " or "))
	if p.Reading != "" {
		fmt.Fprintf(b, "- reading: %s\n", p.Reading)
	}
	fmt.Fprintf(b, "- if empty: %s\n", p.Empty)
	if p.Next != "" {
		fmt.Fprintf(b, "- next: %s\n", p.Next)
	}
	if p.Lead != "" {
		fmt.Fprintf(b, "- in the briefing: %s\n", p.Lead)
	}
}
