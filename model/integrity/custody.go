package integrity

import (
	"fmt"
	"path/filepath"
	"strings"

	"trailsift/model"
)

// Document is a small file whose text a verification needs.
type Document struct {
	Path    string // as File.Path
	Content []byte
}

// Pile is what a verification needs to know of some evidence, whether it was read from a folder just
// now or loaded into a case long ago.
type Pile struct {
	Files    []*File
	Keys     []Document // lists of public keys that lie among the evidence
	Sidecars []Document // NAME.meta.json, and files of "bucket/key": {"signature": …}
	Events   []Event    // changes of trails that the log files record
	Unread   []string   // sentences about what could not be looked into: folders, archives
}

// BodyLimit bounds digests, key lists and metadata. A larger one is unreadable, not taken in part.
const BodyLimit = 64 << 20

// TooLong is why the digest of a larger file is unreadable.
var TooLong = fmt.Sprintf("more than %d MB, which is the limit of a digest", BodyLimit>>20)

// AddTo gives a run what lay among the evidence. What in holds already was given by somebody and goes
// before it. Problems are sentences about documents that could not be used.
func (p Pile) AddTo(in *Input) (problems []string) {
	in.Files, in.Events = append(in.Files, p.Files...), append(in.Events, p.Events...)
	for _, d := range p.Keys {
		keys, err := ParseKeys(d.Content, TrustEvidence, "", d.Path)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		in.Keys = append(in.Keys, keys...)
	}
	if in.Metadata == nil {
		in.Metadata = map[string]Metadata{}
	}
	put := func(place string, m Metadata) {
		if _, given := in.Metadata[place]; !given {
			in.Metadata[place] = m
		}
	}
	for _, d := range p.Sidecars {
		if place, ok := strings.CutSuffix(d.Path, sidecarSuffix); ok {
			if m, ok := ParseSidecar(d.Content); ok {
				put(place, m)
			}
			continue
		}
		if more, err := ParseMetadata(d.Content); err == nil {
			for place, m := range more {
				put(place, m)
			}
		}
	}
	return problems
}

const sidecarSuffix = ".meta.json"

// Custody is the pile that the members of a case are. Nothing is read again: hashes were taken when
// the members were loaded, and the bodies of digests, keys and metadata are kept. A member that could
// not be read is left out when another load has it. Further gzip members of a file are no files of
// their own: they make its first one have something behind it.
func Custody(members []model.Member) Pile {
	read, second := map[string]bool{}, map[fileID]bool{}
	for i := range members {
		m := &members[i]
		switch {
		case m.Part == 2:
			second[fileID{first(m), m.SHA256File}] = true
		case m.Part < 2 && wasRead(m):
			read[m.Locator] = true
		}
	}
	var p Pile
	opened := foldersOf(read)
	for i := range members {
		m := &members[i]
		if m.Part > 1 || (!wasRead(m) && (read[m.Locator] || opened[strings.TrimSuffix(filepath.ToSlash(m.Locator), "/")])) {
			continue
		}
		f := fileOfMember(m, second[fileID{m.Locator, m.SHA256File}])
		_, isLog := ParseLogName(f.Path)
		_, isDigest := ParseDigestName(f.Path)
		switch {
		case isLog || isDigest:
			p.Files = append(p.Files, f)
		case m.Kind == model.KindKeys:
			p.Keys = append(p.Keys, Document{f.Path, m.Body})
		case m.Kind == model.KindMetadata:
			p.Sidecars = append(p.Sidecars, Document{f.Path, m.Body})
		default:
			p.Files = append(p.Files, f)
		}
	}
	return p
}

// foldersOf are the folders that files were read from. One that could not be looked into once was
// looked into by another load.
func foldersOf(read map[string]bool) map[string]bool {
	out := map[string]bool{}
	for locator := range read {
		dir := filepath.ToSlash(locator)
		for {
			i := strings.LastIndexByte(dir, '/')
			if i <= 0 || out[dir[:i]] {
				break
			}
			dir = dir[:i]
			out[dir] = true
		}
	}
	return out
}

// fileID is one version of one file.
type fileID struct {
	locator string
	hash    [32]byte
}

// first is the locator of the first gzip member of m's file.
func first(m *model.Member) string {
	return strings.TrimSuffix(m.Locator, fmt.Sprintf("#%d", m.Part))
}

func wasRead(m *model.Member) bool { return m.SHA256File != [32]byte{} }

func fileOfMember(m *model.Member, followed bool) *File {
	f := &File{Path: m.Place(), Member: m.ID, Gzip: m.Gzip, Version: m.Version()}
	_, named := ParseDigestName(f.Path)
	whole := m.SHA256Content != [32]byte{} && !m.Flags.Has(model.FlagSalvaged)
	switch {
	case !wasRead(m):
		f.Unreadable = orUnread(m.Reason)
		return f
	case !m.Gzip:
		f.Content, f.Whole = m.SHA256File, m.SizeFile > 0
	case whole:
		f.Content, f.Whole = m.SHA256Content, true
	case !m.Flags.Has(model.FlagContainerDamaged):
		f.Unreadable = orUnread(m.Reason) // it passed a limit
		return f
	}
	f.Trailing = f.Whole && (followed || m.Flags.Has(model.FlagTrailingData))
	f.Damaged = f.Whole && !f.Trailing && m.Flags.Has(model.FlagContainerDamaged)
	f.Digest = m.Kind == model.KindDigest
	if f.Digest || named {
		f.Body = m.Body
		if m.Body == nil && f.Whole && max(m.SizeContent, m.SizeFile) > BodyLimit {
			f.Unreadable = TooLong
		}
	}
	return f
}

func orUnread(why string) string {
	if why == "" {
		return "it could not be read"
	}
	return why
}

// Verdicts says of every member that may hold CloudTrail records what r found out about the file it
// came in; pile is what r judged. Every gzip member of a file shares the fate of the file. What
// CloudTrail never delivers (JSON lines, exports) is not applicable unless a digest lists its file.
func (r *Report) Verdicts(members []model.Member, pile Pile) []model.Verdict {
	files := filesOf(members, pile)
	var out []model.Verdict
	for i := range members {
		m := &members[i]
		found, judged := r.ByFile[files[m.ID]]
		if v, ok := verdictOf(m, found, judged); ok {
			out = append(out, v)
		}
	}
	return out
}

// filesOf says which file each member is of: the gzip members after the first are no files.
func filesOf(members []model.Member, pile Pile) map[model.MemberID]*File {
	out := make(map[model.MemberID]*File, len(members))
	for _, f := range pile.Files {
		out[f.Member] = f
	}
	firsts := map[fileID]*File{}
	for i := range members {
		if m := &members[i]; m.Part <= 1 && out[m.ID] != nil {
			firsts[fileID{m.Locator, m.SHA256File}] = out[m.ID]
		}
	}
	for i := range members {
		if m := &members[i]; m.Part > 1 {
			if f := firsts[fileID{first(m), m.SHA256File}]; f != nil {
				out[m.ID] = f
			}
		}
	}
	return out
}

// Touched lists, by the index of a finding, the members with records that it is about. Findings about
// digests, chains and files that are missing touch none.
func (r *Report) Touched(members []model.Member, pile Pile) map[int][]*model.Member {
	files := filesOf(members, pile)
	byObject := map[string][]*model.Member{}
	for i := range members {
		m := &members[i]
		if found, judged := r.ByFile[files[m.ID]]; judged && m.Kind == model.KindCloudTrail {
			byObject[found.Object] = append(byObject[found.Object], m)
		}
	}
	out := map[int][]*model.Member{}
	for i, f := range r.Findings {
		if touched := byObject[f.Object]; len(touched) > 0 && !strings.HasPrefix(f.Code, "digest-") {
			out[i] = touched
		}
	}
	return out
}

func verdictOf(m *model.Member, found LogVerdict, judged bool) (model.Verdict, bool) {
	v := model.Verdict{Member: m.ID, Badge: found.Badge, Class: found.Class, Digest: found.Digest, Why: found.Why, Demo: found.Demo}
	switch {
	case m.Kind == model.KindCloudTrail && judged && !m.Delivered && found.Digest == "":
		v.Badge, v.Why = model.IntegrityNA, "CloudTrail delivers no files of this form"
	case m.Kind == model.KindCloudTrail && judged:
	case m.Kind == model.KindCloudTrail && m.Delivered:
		v.Badge, v.Why = model.NotChecked, "no digest lists it, and its name does not tell which one should"
	case m.Kind == model.KindCloudTrail:
		v.Badge, v.Why = model.IntegrityNA, "CloudTrail delivers no files of this form"
	case (m.Kind == model.KindSkipped || m.Kind == model.KindRejected) && judged:
	default:
		return v, false
	}
	return v, true
}
