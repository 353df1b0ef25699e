package recording

import (
	"regexp"
	"slices"
	"strings"
)

// Kept is how much of a bucket's data events selectors keep.
type Kept int

// None, some and all of them. Some is said wherever a condition is there that is not understood.
const (
	KeptNone Kept = iota
	KeptSome
	KeptAll
)

// Reads and Writes narrow a question about events to those that CloudTrail calls read-only and the others.
const (
	Reads  = "reads"
	Writes = "writes"
)

// Keeps tells how much of a bucket's data events selectors keep. They are the members of a
// PutEventSelectors request or a GetEventSelectors answer: names may begin with a capital or not
// (CloudTrail API Reference, DataResource and AdvancedFieldSelector).
func Keeps(selectors map[string]any, bucket string) Kept {
	reads, writes := KeepsOnly(selectors, bucket, Reads), KeepsOnly(selectors, bucket, Writes)
	if reads != writes {
		return KeptSome
	}
	return reads
}

// KeepsOnly tells how much of a bucket's Reads, or of its Writes, selectors keep.
func KeepsOnly(selectors map[string]any, bucket, only string) Kept {
	kept := KeptNone
	arn := "arn:aws:s3:::" + bucket + "/"
	for _, e := range list(selectors, "eventSelectors") {
		if kind := text(member(e, "readWriteType")); only == Reads && kind == "WriteOnly" || only == Writes && kind == "ReadOnly" {
			continue
		}
		for _, d := range list(e, "dataResources") {
			if text(member(d, "type")) != "AWS::S3::Object" {
				continue
			}
			for _, v := range texts(d, "values") {
				switch v = plainARN(v); {
				case strings.HasPrefix(arn, v):
					kept = KeptAll
				case strings.HasPrefix(v, arn):
					kept = max(kept, KeptSome)
				}
			}
		}
	}
	for _, e := range list(selectors, "advancedEventSelectors") {
		kept = max(kept, advanced(list(e, "fieldSelectors"), arn, only))
	}
	return kept
}

// advanced keeps nothing below an ARN only when a condition rules out every object there, or what is asked
// for of them.
func advanced(fields []any, arn, only string) Kept {
	kept := KeptAll
	data := false
	for _, f := range fields {
		equals, starts, not := texts(f, "equals"), texts(f, "startsWith"), texts(f, "notStartsWith")
		covers := func(p string) bool { return strings.HasPrefix(arn, plainARN(p)) }
		switch name := text(member(f, "field")); {
		case name == "eventCategory":
			if data = slices.Contains(equals, "Data"); !data && len(equals) > 0 {
				return KeptNone
			}
		case name == "resources.type":
			if len(equals) > 0 && !slices.Contains(equals, "AWS::S3::Object") {
				return KeptNone
			}
		case name == "resources.ARN" && slices.ContainsFunc(not, covers):
			return KeptNone
		case name == "resources.ARN" && len(equals)+len(starts) > 0:
			if !slices.ContainsFunc(append(slices.Clone(equals), starts...), func(p string) bool {
				return covers(p) || strings.HasPrefix(plainARN(p), arn)
			}) {
				return KeptNone
			}
			if !slices.ContainsFunc(starts, covers) || conditions(f) > 1 {
				kept = KeptSome
			}
		case name == "resources.ARN" && len(not) > 0 && conditions(f) == 1:
			if slices.ContainsFunc(not, func(p string) bool { return strings.HasPrefix(plainARN(p), arn) }) {
				kept = KeptSome
			}
		case name == "readOnly" && len(equals) > 0 && conditions(f) == 1:
			if !slices.Contains(equals, map[bool]string{true: "true", false: "false"}[only == Reads]) {
				return KeptNone
			}
		default:
			kept = KeptSome
		}
	}
	return kept
}

// Describe says in a few words what selectors keep.
func Describe(selectors map[string]any) string {
	out := "management events " + map[string]string{"all": "all", "WriteOnly": "writes only", "ReadOnly": "reads only", "none": "none"}[Management(selectors)]
	how := func(bucket string) string {
		switch r, w := KeepsOnly(selectors, bucket, Reads), KeepsOnly(selectors, bucket, Writes); {
		case r == KeptNone && w == KeptNone:
			return "left out"
		case r == KeptNone:
			return "writes only"
		case w == KeptNone:
			return "reads only"
		case min(r, w) == KeptSome:
			return "in part"
		}
		return ""
	}
	const unnamed = "\x00" // no bucket has this name
	rest := how(unnamed)
	var words []string
	for _, b := range Buckets(selectors) {
		if h := how(b); h != rest {
			words = append(words, strings.TrimSpace(b+" "+h))
		}
	}
	if rest != "left out" {
		words = append([]string{strings.TrimSpace("every bucket " + rest)}, words...)
	}
	if words == nil {
		return out + "; no data events of S3"
	}
	return out + "; data events of " + strings.Join(words, ", ")
}

// Buckets are those whose objects selectors name.
func Buckets(selectors map[string]any) []string {
	var out []string
	add := func(arns []string) {
		for _, v := range arns {
			name, found := strings.CutPrefix(plainARN(v), "arn:aws:s3:::")
			if name, _, _ = strings.Cut(name, "/"); found && name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	for _, e := range list(selectors, "eventSelectors") {
		for _, d := range list(e, "dataResources") {
			if text(member(d, "type")) == "AWS::S3::Object" {
				add(texts(d, "values"))
			}
		}
	}
	for _, e := range list(selectors, "advancedEventSelectors") {
		for _, f := range list(e, "fieldSelectors") {
			if text(member(f, "field")) == "resources.ARN" {
				for _, operator := range []string{"equals", "startsWith", "notEquals", "notStartsWith"} {
					add(texts(f, operator))
				}
			}
		}
	}
	return out
}

// Management tells which management events selectors keep: all, WriteOnly, ReadOnly, or none.
func Management(selectors map[string]any) string {
	reads := map[string]bool{}
	for _, e := range list(selectors, "eventSelectors") {
		if on, ok := member(e, "includeManagementEvents").(bool); !ok || on {
			kind := text(member(e, "readWriteType"))
			reads["ReadOnly"] = reads["ReadOnly"] || kind != "WriteOnly"
			reads["WriteOnly"] = reads["WriteOnly"] || kind != "ReadOnly"
		}
	}
	for _, e := range list(selectors, "advancedEventSelectors") {
		management, only := false, ""
		for _, f := range list(e, "fieldSelectors") {
			switch equals := texts(f, "equals"); text(member(f, "field")) {
			case "eventCategory":
				management = slices.Contains(equals, "Management")
			case "readOnly":
				only = map[bool]string{true: "ReadOnly", false: "WriteOnly"}[slices.Contains(equals, "true")]
			}
		}
		if management {
			reads["ReadOnly"] = reads["ReadOnly"] || only != "WriteOnly"
			reads["WriteOnly"] = reads["WriteOnly"] || only != "ReadOnly"
		}
	}
	switch {
	case reads["ReadOnly"] && reads["WriteOnly"]:
		return "all"
	case reads["WriteOnly"]:
		return "WriteOnly"
	case reads["ReadOnly"]:
		return "ReadOnly"
	}
	return "none"
}

// ManagementOnly tells how much of the management events selectors keep: of the Reads, the Writes, or all.
func ManagementOnly(selectors map[string]any, only string) Kept {
	switch kind := Management(selectors); {
	case kind == "all", kind == "ReadOnly" && only == Reads, kind == "WriteOnly" && only == Writes:
		return KeptAll
	case kind == "none" || only != "":
		return KeptNone
	}
	return KeptSome
}

var partition = regexp.MustCompile(`^arn:aws[a-z-]*:s3`)

// plainARN names objects without their partition: a bucket's name is enough.
func plainARN(arn string) string { return partition.ReplaceAllString(arn, "arn:aws:s3") }

// member finds a member by its name, whatever the case of the first letter.
func member(v any, name string) any {
	m, _ := v.(map[string]any)
	if x, ok := m[name]; ok {
		return x
	}
	return m[strings.ToUpper(name[:1])+name[1:]]
}

func list(v any, name string) []any {
	l, _ := member(v, name).([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any, name string) (all []string) {
	for _, x := range list(v, name) {
		if s, ok := x.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// conditions counts the operators of a field selector that say anything.
func conditions(f any) (n int) {
	m, _ := f.(map[string]any)
	for _, v := range m {
		if l, ok := v.([]any); ok && len(l) > 0 {
			n++
		}
	}
	return n
}
