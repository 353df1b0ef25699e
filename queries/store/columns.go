package store

import (
	"strings"
	"time"

	"trailsift/model"
)

// filler stores one value of r in a cell.
type filler[T any] func(v *vector, row int, r *T)

type rec = model.Record

func textOf(get func(r *rec) string) filler[rec] {
	return func(v *vector, row int, r *rec) { v.text(row, get(r)) }
}

func fillIP4(v *vector, row int, r *rec) {
	if ip4, _, width := address(r.IP); width == 4 {
		put(v, row, ip4)
		return
	}
	v.null(row)
}

func fillIP6(v *vector, row int, r *rec) {
	if _, ip6, width := address(r.IP); width == 6 {
		put(v, row, ip6)
		return
	}
	v.null(row)
}

func fillObject(v *vector, row int, r *rec) {
	if r.Key == "" {
		v.null(row)
		return
	}
	var n uint64
	n, v.keep.scratch = obj64(r.Bucket, r.Key, v.keep.scratch)
	put(v, row, n)
}

func fillTop(v *vector, row int, r *rec) {
	if r.Key == "" {
		v.null(row)
		return
	}
	put(v, row, top16(r.Key))
}

func fillRequest(v *vector, row int, r *rec) {
	if r.RequestID == "" {
		v.null(row)
		return
	}
	put(v, row, req64(r.RequestID))
}

func fillHost(v *vector, row int, r *rec) {
	if r.HostID == "" {
		v.null(row)
		return
	}
	put(v, row, host32(r.HostID))
}

func fillStatus(v *vector, row int, r *rec) {
	if r.Status < 0 || r.Status > 1<<16-1 {
		v.null(row)
		return
	}
	put(v, row, uint16(r.Status))
}

// fillFlags must come after the columns that find out what is odd, see fillOrder.
func fillFlags(v *vector, row int, r *rec) { put(v, row, uint32(r.Flags|v.odd[row])) }

// startWitness is what the settler says of most records, so that it has little to change.
func startWitness(r *rec) model.Witness {
	switch {
	case r.Log == model.CloudTrail && r.Service != "s3":
		return model.WitnessNA
	case r.Log == model.AccessLog && strings.HasPrefix(r.OpRaw, "S3."):
		return model.WitnessNA
	}
	return model.WitnessOtherLogAbsent
}

func zero8(v *vector, row int, _ *rec) { put(v, row, uint8(0)) }

// sharedColumns are those of both event tables; member is filled apart, since it is the batch's.
var sharedColumns = map[string]filler[rec]{
	"record":  func(v *vector, row int, r *rec) { put(v, row, r.Number) },
	"off":     func(v *vector, row int, r *rec) { put(v, row, r.Offset) },
	"len":     func(v *vector, row int, r *rec) { put(v, row, r.Length) },
	"rec64":   func(v *vector, row int, r *rec) { put(v, row, r.Hash) },
	"obj64":   fillObject,
	"top16":   fillTop,
	"req64":   fillRequest,
	"host32":  fillHost,
	"flags":   fillFlags,
	"dup":     zero8,
	"fold":    zero8,
	"witness": func(v *vector, row int, r *rec) { put(v, row, uint8(startWitness(r))) },
	"time":    func(v *vector, row int, r *rec) { v.seconds(row, r.Time) },
	"outcome": func(v *vector, row int, r *rec) { put(v, row, uint8(r.Outcome)) },
	"enc":     func(v *vector, row int, r *rec) { put(v, row, uint8(r.Enc)) },

	"acl_required": func(v *vector, row int, r *rec) { v.tri(row, r.ACLRequired) },
	"read_only":    func(v *vector, row int, r *rec) { v.tri(row, r.ReadOnly) },
	"status":       fillStatus,
	"bytes_out":    func(v *vector, row int, r *rec) { v.absent(row, r.BytesOut) },
	"bytes_in":     func(v *vector, row int, r *rec) { v.absent(row, r.BytesIn) },
	"object_size":  func(v *vector, row int, r *rec) { v.absent(row, r.ObjectSize) },
	"ip4":          fillIP4,
	"ip6":          fillIP6,

	"service":       textOf(func(r *rec) string { return r.Service }),
	"op":            textOf(func(r *rec) string { return r.Op }),
	"bucket":        textOf(func(r *rec) string { return r.Bucket }),
	"key":           textOf(func(r *rec) string { return r.Key }),
	"version":       textOf(func(r *rec) string { return r.Version }),
	"copy_source":   textOf(func(r *rec) string { return r.CopySource }),
	"ip":            textOf(func(r *rec) string { return r.IP }),
	"agent":         textOf(func(r *rec) string { return r.Agent }),
	"host":          textOf(func(r *rec) string { return r.Host }),
	"actor":         textOf(func(r *rec) string { return r.Actor }),
	"actor_type":    textOf(func(r *rec) string { return r.ActorType }),
	"actor_account": textOf(func(r *rec) string { return r.ActorAccount }),
	"access_key":    textOf(func(r *rec) string { return r.AccessKey }),
	"session":       textOf(func(r *rec) string { return r.Session }),
	"invoked_by":    textOf(func(r *rec) string { return r.InvokedBy }),
	"issuer":        textOf(func(r *rec) string { return r.Issuer }),
	"region":        textOf(func(r *rec) string { return r.Region }),
	"error":         textOf(func(r *rec) string { return r.Error }),
	"tls":           textOf(func(r *rec) string { return r.TLS }),
	"cipher":        textOf(func(r *rec) string { return r.Cipher }),
	"sig":           textOf(func(r *rec) string { return r.Sig }),
	"auth":          textOf(func(r *rec) string { return r.Auth }),
	"access_point":  textOf(func(r *rec) string { return r.AccessPoint }),
	"request_id":    textOf(func(r *rec) string { return r.RequestID }),
	"host_id":       textOf(func(r *rec) string { return r.HostID }),
}

var cloudTrailColumns = map[string]filler[rec]{
	"duration_ms":     func(v *vector, row int, _ *rec) { v.null(row) },
	"lean":            func(v *vector, row int, r *rec) { put(v, row, r.Lean) },
	"integrity":       func(v *vector, row int, _ *rec) { put(v, row, uint8(model.NotChecked)) },
	"category":        func(v *vector, row int, r *rec) { put(v, row, uint8(r.Category)) },
	"enc_req":         func(v *vector, row int, r *rec) { put(v, row, uint8(r.EncReq)) },
	"mfa":             func(v *vector, row int, r *rec) { v.tri(row, r.MFA) },
	"session_created": func(v *vector, row int, r *rec) { v.seconds(row, r.SessionCreated) },
	"event_id":        func(v *vector, row int, r *rec) { v.uuid(row, r.HasEventID, &r.EventID) },
	"shared_event_id": func(v *vector, row int, r *rec) { v.uuid(row, r.HasSharedEventID, &r.SharedEventID) },

	"event_text":       textOf(func(r *rec) string { return r.EventText }),
	"bucket_account":   textOf(func(r *rec) string { return r.BucketAccount }),
	"prefix":           textOf(func(r *rec) string { return r.Prefix }),
	"principal_id":     textOf(func(r *rec) string { return r.PrincipalID }),
	"user_name":        textOf(func(r *rec) string { return r.UserName }),
	"issuer_principal": textOf(func(r *rec) string { return r.IssuerPrincipal }),
	"issuer_account":   textOf(func(r *rec) string { return r.IssuerAccount }),
	"account":          textOf(func(r *rec) string { return r.Account }),
	"error_message":    textOf(func(r *rec) string { return r.ErrorMessage }),
	"kms_key":          textOf(func(r *rec) string { return r.KMSKey }),
	"vpce":             textOf(func(r *rec) string { return r.VPCE }),
	"request":          textOf(func(r *rec) string { return r.Request }),
	"response":         textOf(func(r *rec) string { return r.Response }),
	"extra":            textOf(func(r *rec) string { return r.Extra }),
}

var accessColumns = map[string]filler[rec]{
	"integrity":      func(v *vector, row int, _ *rec) { put(v, row, uint8(model.IntegrityNA)) },
	"duration_ms":    func(v *vector, row int, r *rec) { v.absent(row, r.DurationMS) },
	"turn_around_ms": func(v *vector, row int, r *rec) { v.absent(row, r.TurnAroundMS) },
	"field_count":    func(v *vector, row int, r *rec) { put(v, row, r.FieldCount) },

	"op_raw":       textOf(func(r *rec) string { return r.OpRaw }),
	"referer":      textOf(func(r *rec) string { return r.Referer }),
	"owner":        textOf(func(r *rec) string { return r.Owner }),
	"request_uri":  textOf(func(r *rec) string { return r.RequestURI }),
	"key_raw":      textOf(func(r *rec) string { return r.KeyRaw }),
	"extra_fields": textOf(func(r *rec) string { return r.ExtraFields }),
}

// memberRow is a member as it goes into its table.
type memberRow struct {
	model.Member
	loadedAt time.Time
}

func memberText(get func(m *memberRow) string) filler[memberRow] {
	return func(v *vector, row int, m *memberRow) {
		v.bytes(row, strings.ToValidUTF8(get(m), "\uFFFD"))
	}
}

// rawText keeps a name that is not UTF-8, and NULL where the text column has it all.
func rawText(get func(m *memberRow) string) filler[memberRow] {
	return func(v *vector, row int, m *memberRow) {
		if s := get(m); strings.ToValidUTF8(s, "\uFFFD") != s {
			v.bytes(row, s)
			return
		}
		v.null(row)
	}
}

func memberInt(get func(m *memberRow) int64) filler[memberRow] {
	return func(v *vector, row int, m *memberRow) { put(v, row, get(m)) }
}

var memberColumns = map[string]filler[memberRow]{
	"member":       memberInt(func(m *memberRow) int64 { return int64(m.ID) }),
	"locator":      memberText(func(m *memberRow) string { return m.Locator }),
	"name":         memberText(func(m *memberRow) string { return m.Name }),
	"path":         memberText(func(m *memberRow) string { return m.Path }),
	"entry":        memberText(func(m *memberRow) string { return m.Entry }),
	"path_raw":     rawText(func(m *memberRow) string { return m.Path }),
	"entry_raw":    rawText(func(m *memberRow) string { return m.Entry }),
	"part":         func(v *vector, row int, m *memberRow) { put(v, row, int32(m.Part)) },
	"part_offset":  memberInt(func(m *memberRow) int64 { return m.PartOffset }),
	"kind":         memberText(func(m *memberRow) string { return string(m.Kind) }),
	"form":         memberText(func(m *memberRow) string { return m.Form }),
	"reason":       memberText(func(m *memberRow) string { return m.Reason }),
	"sha256_file":  func(v *vector, row int, m *memberRow) { v.bytes(row, string(m.SHA256File[:])) },
	"size_file":    memberInt(func(m *memberRow) int64 { return m.SizeFile }),
	"size_content": memberInt(func(m *memberRow) int64 { return m.SizeContent }),
	"gzip":         func(v *vector, row int, m *memberRow) { put(v, row, m.Gzip) },
	"delivered":    func(v *vector, row int, m *memberRow) { put(v, row, m.Delivered) },
	"seen":         memberInt(func(m *memberRow) int64 { return m.Seen }),
	"rejected":     memberInt(func(m *memberRow) int64 { return m.Rejected }),
	"duplicate":    memberInt(func(m *memberRow) int64 { return 0 }),
	"first_time":   func(v *vector, row int, m *memberRow) { v.seconds(row, m.First) },
	"last_time":    func(v *vector, row int, m *memberRow) { v.seconds(row, m.Last) },
	"flags":        func(v *vector, row int, m *memberRow) { put(v, row, uint32(m.Flags)) },
	"loaded_at":    func(v *vector, row int, m *memberRow) { v.seconds(row, m.loadedAt.Unix()) },

	"sha256_content": func(v *vector, row int, m *memberRow) { v.bytes(row, string(m.SHA256Content[:])) },
	"integrity":      func(v *vector, row int, m *memberRow) { put(v, row, uint8(m.Integrity)) },
	"mod_time": func(v *vector, row int, m *memberRow) {
		at := m.ModTime.Unix()
		if m.ModTime.IsZero() {
			at = model.NoTime
		}
		v.seconds(row, at)
	},
	"body": func(v *vector, row int, m *memberRow) {
		if m.Body == nil {
			v.null(row)
			return
		}
		v.bytes(row, string(m.Body))
	},
}

// rejectRow is a rejected piece as it goes into its table.
type rejectRow struct {
	member model.MemberID
	model.Reject
}

var rejectColumns = map[string]filler[rejectRow]{
	"member": func(v *vector, row int, r *rejectRow) { put(v, row, int64(r.member)) },
	"record": func(v *vector, row int, r *rejectRow) { put(v, row, r.Number) },
	"off":    func(v *vector, row int, r *rejectRow) { put(v, row, r.Offset) },
	"len":    func(v *vector, row int, r *rejectRow) { put(v, row, r.Length) },
	"reason": func(v *vector, row int, r *rejectRow) {
		v.bytes(row, strings.ToValidUTF8(r.Reason, "\uFFFD"))
	},
	"raw": func(v *vector, row int, r *rejectRow) { v.bytes(row, string(r.Raw)) },
}
