package source

import (
	"errors"
	"path/filepath"
)

// Set is the ordered candidates of a load. A million of them must fit: an item holds its base name
// only and shares everything else with its neighbours in the same folder.
type Set struct {
	items []item
	bytes int64
	zips  []*zipArchive
	// Copying tells that local evidence is copied into the case.
	Copying bool
}

type item struct {
	home       *home
	name       string // base name, or the entry of an archive
	skip       string
	size       int64
	when       int64 // time in the name, Unix seconds
	at         int32 // index in a zip archive
	unreadable bool
	folder     bool // what is skipped is a folder, or a link to one
}

// home is what the candidates of one folder or archive share.
type home struct {
	locator string // prefix of the locator, separator included
	shown   string // prefix of the name
	path    string // prefix of the path; for a zip archive the whole of it
	zip     *zipArchive
	remote  *Candidate
	// extracted says that the entries lie in the case already, each at path and its escaped name;
	// elsewhere holds the few that had to go to another place.
	extracted bool
	elsewhere map[string]string
}

// Len is the number of candidates.
func (s *Set) Len() int { return len(s.items) }

// Bytes is the sum of the sizes as listed.
func (s *Set) Bytes() int64 { return s.bytes }

// At is the i-th candidate.
func (s *Set) At(i int) Candidate {
	it := s.items[i]
	h := it.home
	if h.remote != nil {
		return *h.remote
	}
	c := Candidate{
		Locator: h.locator + it.name, Name: h.shown + it.name, Size: it.size,
		Skip: it.skip, Unreadable: it.unreadable, Folder: it.folder, Copied: h.extracted || !s.Copying,
	}
	switch {
	case h.zip != nil:
		c.Path, c.Entry, c.zip, c.at, c.Copied = h.path, it.name, h.zip, int(it.at), true
	case h.extracted:
		if c.Path = h.elsewhere[it.name]; c.Path == "" {
			c.Path = filepath.Join(h.path, EscapePath(it.name))
		}
	default:
		c.Path = h.path + it.name
	}
	return c
}

// Add appends candidates that do not come from the file system, before the set is used. They are
// put in order with the others.
func (s *Set) Add(cs ...Candidate) {
	for i := range cs {
		c := cs[i]
		s.items = append(s.items, item{
			home: &home{locator: c.Locator, remote: &c}, size: c.Size, skip: c.Skip,
			unreadable: c.Unreadable, when: nameTime(c.Name),
		})
		s.bytes += c.Size
	}
	s.items = sortItems(s.items)
}

// Close closes the archives that were kept open for random access.
func (s *Set) Close() error {
	var errs []error
	for _, z := range s.zips {
		errs = append(errs, z.close())
	}
	return errors.Join(errs...)
}

// finish sorts and totals.
func (s *Set) finish() {
	s.items = sortItems(s.items)
	s.bytes = 0
	for i := range s.items {
		s.bytes += s.items[i].size
	}
}

// inside joins an archive's locator and an entry's name.
func inside(archive string) string { return archive + "!" }
