package integrity

import (
	"fmt"
	"maps"
	"slices"
)

// suspects are the findings about a file that an older version of its key may clear up.
var suspects = []string{
	"log-missing", "log-hash-mismatch", "log-format", "log-trailing-data",
	"digest-missing", "digest-signature-invalid", "digest-format", "digest-trailing-data", "digest-metadata-signature-mismatch", "link-hash-mismatch",
}

// Suspects are the places, bucket/key, of the files that are altered or missing by adverse findings, or
// are missing where a chain begins: where older versions are worth looking for.
func (r *Report) Suspects() (places []string) {
	for _, f := range r.Findings {
		if f.Severity != Notice && slices.Contains(suspects, f.Code) && !slices.Contains(places, f.Object) {
			places = append(places, f.Object)
		}
	}
	slices.Sort(places)
	return places
}

// tellVersions says of what is altered or missing whether an older version of its key is what CloudTrail
// delivered. A file that only an older version still holds was deleted, which is adverse whatever that
// version proves.
func (v *verification) tellVersions() {
	sound := map[string]*File{} // by place
	present, counted := map[string]bool{}, map[*File]bool{}
	unread := map[string]string{}
	for i := range v.report.LogFiles {
		counted[v.report.LogFiles[i].File] = v.report.LogFiles[i].Counted
	}
	for _, f := range v.in.Files {
		if f.Version == "" {
			present[f.Path] = true
			continue
		}
		if n := v.byFile[f]; n != nil && n.checkable() && n.status.proven() {
			sound[f.Path], counted[f] = f, n.counted
		} else if v.report.ByFile[f].Class == classValid {
			sound[f.Path] = f
		} else if f.Unreadable != "" {
			unread[f.Path] = f.Unreadable
		}
	}
	for i := range v.report.Findings {
		f := &v.report.Findings[i]
		if !slices.Contains(suspects, f.Code) {
			continue
		}
		if old := sound[f.Object]; old != nil {
			f.Detail += fmt.Sprintf("; version %s of its key is what CloudTrail delivered", old.Version)
		} else if why := unread[f.Object]; why != "" {
			f.Detail += "; an older version of its key could not be read: " + why
		} else if why := v.in.Versions[f.Object]; why != "" {
			f.Detail += "; " + why
		}
	}
	for _, place := range slices.Sorted(maps.Keys(sound)) {
		if old := sound[place]; !present[place] && counted[old] {
			code := "log-missing"
			if v.byFile[old] != nil {
				code = "digest-missing"
			}
			v.report.add(Adverse, code, place, fmt.Sprintf("its key holds it no longer; version %s of it is what CloudTrail delivered", old.Version))
		}
	}
}
