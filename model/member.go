package model

import (
	"path/filepath"
	"strings"
	"time"
)

// MemberKind is what a member's content turned out to be.
type MemberKind string

// The kinds. Only KindCloudTrail and KindAccess hold records.
const (
	KindCloudTrail MemberKind = "cloudtrail"
	KindAccess     MemberKind = "access"
	KindDigest     MemberKind = "digest"
	KindKeys       MemberKind = "keys"
	KindMetadata   MemberKind = "metadata"
	KindSkipped    MemberKind = "skipped"  // recognised as foreign, or nothing we read; see Reason
	KindRejected   MemberKind = "rejected" // meant for us but could not be taken; see Reason
)

// Member is one file or object, one archive entry, or one gzip member of either.
type Member struct {
	ID MemberID
	// Locator says where the member is: an absolute path, s3://bucket/key, archive.zip!entry, and
	// name#2 for the second gzip member. It is foreign text: never a path to open by itself.
	Locator string
	// Name is what is shown and exported in the field member: the locator without the folder or
	// prefix the load was given.
	Name string
	// Path is the file the bytes are read from now: the original, or the copy in the case.
	Path string
	// Entry is the name inside the archive at Path, empty for a plain file.
	Entry string
	// Part is the gzip member within the file, from 1.
	Part int
	// PartOffset is where that gzip member begins in the stored bytes.
	PartOffset int64

	Kind   MemberKind
	Form   string // the wrapper or era that was recognised, in words: "Records object", "26 fields"
	Reason string // why it was skipped or rejected

	SHA256File    [32]byte // of the bytes as received (the whole file or entry)
	SHA256Content [32]byte // of this member's expanded bytes, which is what digests name
	SizeFile      int64
	SizeContent   int64
	ModTime       time.Time
	Gzip          bool
	Delivered     bool // false for forms CloudTrail never delivers (JSON lines, exports): badge n/a

	Seen, Rejected int64 // records
	Duplicate      int64 // set by the settler: stored = seen - duplicate - rejected
	First, Last    int64 // Unix seconds of the records, NoTime when there is none
	Flags          Flags // of the container
	Integrity      Integrity
	Body           []byte // content of digests, key files and metadata, which a case keeps
	Rejects        []Reject
	LoadedAt       time.Time
}

// Place is where m's file lies below the folder, archive or bucket it was taken from, with slashes: the
// bucket and key of an object, the path inside an archive. A verification compares it with the places
// that digests name. Foreign text.
func (m *Member) Place() string {
	if object, ok := strings.CutPrefix(m.Locator, "s3://"); ok {
		object, _ = cutVersion(object)
		return object
	}
	if m.Entry != "" {
		return m.Entry
	}
	// Entries of other archives were extracted to a folder whose name is the archive's and a mark. Below
	// it the entry's own marks are escaped, so that the mark in the name can be told from them.
	name, at := filepath.ToSlash(m.Name), filepath.ToSlash(m.Path)
	i := strings.LastIndex(at, "!/")
	if i < 0 || strings.Contains(at[i+2:], "!") {
		return name
	}
	folder, _, _ := strings.Cut(at[i+2:], "/")
	for j := range len(name) {
		if name[j] != '!' || strings.HasPrefix(name[j+1:], "/") {
			continue
		}
		entry := name[j+1:]
		top, _, _ := strings.Cut(entry, "/")
		if strings.Count(entry, "/") == strings.Count(at[i+2:], "/") && strings.Count(top, "!") == strings.Count(folder, "%21") {
			return entry
		}
	}
	return name
}

// Verdict is what a verification found out about a member.
type Verdict struct {
	Member MemberID
	Badge  Integrity
	Class  string // the count of the report it falls in; empty when it is in none
	Digest string // the digest that lists its file, as claimed; empty when none does. Foreign text
	Why    string // one sentence
	Demo   bool   // the proof rests on a demo key
}

// Stored is the number of records of m that count.
func (m Member) Stored() int64 { return m.Seen - m.Duplicate - m.Rejected }
