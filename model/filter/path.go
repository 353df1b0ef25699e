package filter

import (
	"errors"
	"strings"

	"trailsift/model"
)

// PathDepth bounds the names of a JSON path.
const PathDepth = 32

// JoinPath makes the path of a JSON member, as model.Term holds it, out of the names that lead to it.
// Names are joined by dots; one with other characters than letters, digits, _ and - stands in quotes,
// in which a backslash protects a quote or a backslash.
func JoinPath(names ...string) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = n
		if !plainName(n) {
			parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n) + `"`
		}
	}
	return strings.Join(parts, ".")
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !alphanumeric(s[i]) && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

// SplitPath takes a path apart: SplitPath(JoinPath(names...)) is names. Outside quotes it takes
// every character but a dot, so that plainly joined names are read as well.
func SplitPath(path string) ([]string, error) {
	var names []string
	for at := 0; ; at++ {
		name, size, err := firstName(path[at:])
		if err != nil {
			return nil, err
		}
		names, at = append(names, name), at+size
		switch {
		case at == len(path):
			return names, nil
		case path[at] != '.':
			return nil, errors.New("a JSON path joins its names by dots")
		case len(names) == PathDepth:
			return nil, errors.New("the JSON path is too deep")
		}
	}
}

// firstName reads the name a path begins with, and how many bytes it takes.
func firstName(path string) (string, int, error) {
	if !strings.HasPrefix(path, `"`) {
		name, _, _ := strings.Cut(path, ".")
		if name == "" {
			return "", 0, errors.New("a JSON path names a member between its dots: json.requestParameters.prefix")
		}
		return name, len(name), nil
	}
	var b strings.Builder
	for i := 1; i < len(path); i++ {
		switch {
		case path[i] == '"':
			return b.String(), i + 1, nil
		case path[i] == '\\' && i+1 < len(path) && (path[i+1] == '"' || path[i+1] == '\\'):
			i++
		}
		b.WriteByte(path[i])
	}
	return "", 0, errors.New("a quote in the JSON path is not closed")
}

// printPath writes a path so that it is read as the same and every character is printable.
func printPath(path string) string {
	names, err := SplitPath(path)
	if err != nil {
		names = []string{path} // no parser makes such a path; as one name it finds nothing
	}
	for i, n := range names {
		if !plainName(n) {
			names[i] = strings.NewReplacer(`\*`, "*", `\?`, "?").Replace(quote(model.Value{Text: n}, false, ""))
		}
	}
	return strings.Join(names, ".")
}
