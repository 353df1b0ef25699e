package recording

import (
	"encoding/json"
	"slices"
)

// Place is a bucket and the prefix below which its objects are read.
type Place struct{ Bucket, Prefix string }

// allow is one statement of an IAM policy.
type allow struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string]any `json:",omitempty"`
}

// LeastPrivilege is the IAM policy that loading places and examining subjects needs, and nothing more. It
// names no key of KMS, since which ones there are only the objects tell: those are reached through S3.
func LeastPrivilege(places []Place, s Subjects) ([]byte, error) {
	var out []allow
	add := func(sid string, actions, resources []string, condition map[string]map[string]any) {
		if len(resources) > 0 {
			slices.Sort(resources)
			out = append(out, allow{sid, "Allow", actions, slices.Compact(resources), condition})
		}
	}
	var lists, objects []string
	for _, p := range places {
		lists = append(lists, "arn:aws:s3:::"+p.Bucket)
		objects = append(objects, "arn:aws:s3:::"+p.Bucket+"/"+p.Prefix+"*")
	}
	add("ListLogs", []string{"s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"}, lists, nil)
	add("ReadLogs", []string{"s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectVersion", "s3:GetObjectVersionAttributes"}, objects, nil)
	if len(places) > 0 {
		add("DecryptLogs", []string{"kms:Decrypt"}, []string{"*"}, map[string]map[string]any{"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}})
		add("PublicKeysOfDigests", []string{"cloudtrail:ListPublicKeys"}, []string{"*"}, nil)
	}
	var buckets []string
	for _, b := range s.Buckets {
		buckets = append(buckets, "arn:aws:s3:::"+b)
	}
	add("SettingsOfBuckets", actions(OfBucket), buckets, nil)
	// Trails that record a bucket are told by the list of all trails.
	add("ListTrails", actions(OfRegion), []string{"*"}, nil)
	trails := slices.Clone(s.Trails)
	if len(s.Buckets) > 0 {
		trails = []string{"*"}
	}
	add("SettingsOfTrails", actions(OfTrail), trails, nil)
	add("SettingsOfKeys", actions(OfKey), []string{"*"}, nil)
	return json.MarshalIndent(struct {
		Version   string
		Statement []allow
	}{"2012-10-17", out}, "", "  ")
}

func actions(kind Kind) (all []string) {
	for _, c := range Calls {
		if c.Kind == kind && c.Action != "" {
			all = append(all, c.Action)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
