package s3

import (
	"strings"

	"trailsift/loaders/source"
	"trailsift/model"
)

// Take makes candidates of a haul, which fetch themselves into ev. What is archived or may not be listed
// is among them with the reason why it cannot be read, so that a load without it is not called whole.
func (c *Client) Take(h *Haul, places []string, ev *source.Evidence) []source.Candidate {
	all := make([]source.Candidate, 0, len(h.Objects)+len(h.Archived)+len(h.Closed))
	folders := folders(places)
	for _, o := range h.Objects {
		all = append(all, c.candidate(o, folders.of(o), ev))
	}
	for _, o := range h.Archived {
		cand := c.candidate(o, folders.of(o), ev)
		cand.Fetch, cand.Unreadable = nil, true
		cand.Skip = "it is archived (" + o.Class + "); restore it with aws s3api restore-object and load again"
		all = append(all, cand)
	}
	for _, x := range h.Closed {
		all = append(all, Unlisted(x))
	}
	return all
}

// Unlisted is a folder that could not be listed, as a candidate that tells so.
func Unlisted(x model.Closed) source.Candidate {
	where := Object{Bucket: x.Bucket, Key: x.Prefix}.Locator()
	return source.Candidate{Locator: where, Name: where, Skip: x.Why, Unreadable: true, Folder: true}
}

// folders are those that names leave out, by bucket: where places begin.
type placeFolders map[string][]string

func folders(places []string) placeFolders {
	f := placeFolders{}
	for _, s := range places {
		if bucket, prefix, err := ParseURL(s); err == nil {
			f[bucket] = append(f[bucket], prefix[:strings.LastIndexByte(prefix, '/')+1])
		}
	}
	return f
}

// of is the folder of the first place that o lies below.
func (f placeFolders) of(o Object) string {
	for _, folder := range f[o.Bucket] {
		if strings.HasPrefix(o.Key, folder) {
			return folder
		}
	}
	return ""
}
