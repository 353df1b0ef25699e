package store

import "strings"

// Shortage says, in one sentence, what a question had too little of, and what to do about it. Both are
// empty for other errors. The database is whole after it and answers the next question.
func Shortage(err error) (sentence, hint string) {
	if err == nil {
		return "", ""
	}
	text := err.Error()
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.Contains(text, "max_temp_directory_size"):
		return first, "the question spilled more to the case's tmp folder than its disk may give: narrow the filter, or give more --memory"
	case strings.Contains(text, "Out of Memory Error"):
		return first, "give the database more, as --memory 8GB, or narrow the filter"
	case strings.Contains(text, "IO Error") && strings.Contains(text, "/"+tempName) && !strings.Contains(text, "/"+databaseName+`"`):
		// The folder is named, and not the database, which may lie below a folder of that name.
		return first, "the question needs the case's tmp folder: check that it is a folder, may be written to, and that its disk has room"
	}
	return "", ""
}
