package cloudtrail

import "trailsift/model"

// slot names a member of a CloudTrail record that is looked at. Below promoted, slots are the bits of
// model.Promoted.
type slot uint8

// The promoted members, in the order of model.Promoted; TestSlotsFollowPromoted holds them to it.
const (
	eventTime slot = iota
	eventSource
	eventName
	awsRegion
	sourceIP
	userAgent
	userAgentBracketed // the bit of userAgent's other form; no member has it
	errorCode
	errorMessage
	requestID
	eventID
	sharedEventID
	readOnly
	recipientAccount
	vpcEndpoint
	idType
	idPrincipal
	idARN
	idAccount
	idAccessKey
	idUserName
	idInvokedBy
	issuerARN
	issuerPrincipal
	issuerAccount
	issuerUserName
	sessionDate
	sessionMFA
	reqBucketName
	reqKey
	reqHost
	reqPrefix
	reqVersion
	reqCopySource
	reqKMSKey
	respVersion
	respKMSKey
	addSignature
	addCipher
	addAuth
	addBytesIn
	addBytesOut
	addID2
	tlsVersion
	tlsCipher
	tlsHost
	resources
	promoted // the number of them
)

// Members that only help to understand a record, and the objects that are opened.
const (
	eventVersion slot = promoted + iota
	eventType
	eventCategory
	managementEvent
	timestamp
	insightDetails
	lowerEventID // of aggregated events
	topAccount
	timeWindow
	topOmitted
	detail         // EventBridge
	elasticSource  // Elasticsearch
	cloudTrailText // lookup-events
	messageText    // CloudWatch Logs
	userIdentity
	sessionContext
	sessionIssuer
	sessionAttributes
	requestParameters
	responseElements
	additionalData
	tlsDetails
	reqKeyCapital
	reqHostLower
	reqBucket
	reqSSE
	reqCustomer
	reqDelete
	reqObjects
	reqObjectEncryption
	reqOmitted
	respSSE
	respCustomer
	respRequestID
	respID2
	respLogin
	respOmitted
	addSSEApplied
	addACL
	addCipherLower
	addMFAUsed
	addOmitted
	slotCount
	unknown slot = 255
)

// container is an object whose members are looked at one by one.
type container uint8

const (
	top container = iota
	identity
	context
	issuer
	attributes
	request
	response
	additional
	tls
	noContainer
)

// opens tells which container a member is, if it holds an object.
func (s slot) opens() container {
	switch s {
	case userIdentity:
		return identity
	case sessionContext:
		return context
	case sessionIssuer:
		return issuer
	case sessionAttributes:
		return attributes
	case requestParameters:
		return request
	case responseElements:
		return response
	case additionalData:
		return additional
	case tlsDetails:
		return tls
	}
	return noContainer
}

var names = [noContainer]map[string]slot{
	top: {
		"eventVersion": eventVersion, "eventType": eventType, "eventCategory": eventCategory,
		"managementEvent": managementEvent, "@timestamp": timestamp, "insightDetails": insightDetails,
		"eventId": lowerEventID, "accountId": topAccount, "timeWindow": timeWindow, "omitted": topOmitted,
		"detail": detail, "_source": elasticSource, "CloudTrailEvent": cloudTrailText, "message": messageText,
		"userIdentity": userIdentity, "requestParameters": requestParameters,
		"responseElements": responseElements, "additionalEventData": additionalData, "tlsDetails": tlsDetails,
	},
	identity:   {"sessionContext": sessionContext},
	context:    {"sessionIssuer": sessionIssuer, "attributes": sessionAttributes},
	issuer:     {},
	attributes: {},
	request: {
		"Key": reqKeyCapital, "host": reqHostLower, "bucket": reqBucket,
		"x-amz-server-side-encryption":                    reqSSE,
		"x-amz-server-side-encryption-customer-algorithm": reqCustomer,
		"delete": reqDelete, "Delete": reqDelete, "objects": reqObjects, "ObjectEncryption": reqObjectEncryption, "omitted": reqOmitted,
	},
	response: {
		"x-amz-server-side-encryption":                    respSSE,
		"x-amz-server-side-encryption-customer-algorithm": respCustomer,
		"x-amz-request-id":                                respRequestID, "x-amz-id-2": respID2, "ConsoleLogin": respLogin, "omitted": respOmitted,
	},
	additional: {
		"SSEApplied": addSSEApplied, "aclRequired": addACL, "cipherSuite": addCipherLower,
		"MFAUsed": addMFAUsed, "omitted": addOmitted,
	},
	tls: {},
}

// paths are where the containers stand, as model.Promoted writes them.
var paths = map[string]container{
	"": top, "userIdentity.": identity, "userIdentity.sessionContext.": context,
	"userIdentity.sessionContext.sessionIssuer.": issuer, "userIdentity.sessionContext.attributes.": attributes,
	"requestParameters.": request, "responseElements.": response, "additionalEventData.": additional, "tlsDetails.": tls,
}

// folded are the names in lower case, for members that differ from a known one only in case.
var folded [noContainer]map[string]slot

func init() {
	for s := range quotedNames {
		quotedNames[s] = ":" // no member begins so
	}
	for bit, p := range model.Promoted {
		if slot(bit) != userAgentBracketed {
			c, name := splitPath(p.Path)
			names[c][name] = slot(bit)
		}
	}
	for c := range names {
		folded[c] = map[string]slot{}
		for name, s := range names[c] {
			quotedNames[s] = `"` + name + `":`
			if known, ok := folded[c][lower(name)]; !ok || s < known {
				folded[c][lower(name)] = s
			}
		}
		tables[c].fill(names[c])
	}
}

// quotedNames are the names as JSON writes them, with the colon. A slot without one has a name that
// begins no member.
var quotedNames [256]string

// splitPath cuts a promoted path behind its container. Names of headers hold no dots.
func splitPath(path string) (container, string) {
	at := 0
	for i := range len(path) {
		if path[i] == '.' {
			at = i + 1
		}
	}
	return paths[path[:at]], path[at:]
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// table finds a slot by a name's length, first and last bytes, without collisions among the names it
// is filled with or with a short walk.
type table struct {
	mask    uint32
	entries []entry
}

type entry struct {
	name string
	slot slot
}

var tables [noContainer]table

func hash(name []byte) uint32 {
	n := uint32(len(name))
	return (n*31+uint32(name[0]))*31 + uint32(name[n-1]) + uint32(name[n/2])*7
}

func (t *table) fill(names map[string]slot) {
	size := uint32(8)
	for size < uint32(4*len(names)) {
		size *= 2
	}
	t.mask, t.entries = size-1, make([]entry, size)
	for name, s := range names {
		i := hash([]byte(name)) & t.mask
		for t.entries[i].name != "" {
			i = (i + 1) & t.mask
		}
		t.entries[i] = entry{name, s}
	}
}

func (t *table) find(name []byte) slot {
	if len(name) == 0 {
		return unknown
	}
	for i := hash(name) & t.mask; ; i = (i + 1) & t.mask {
		e := &t.entries[i]
		if e.name == string(name) {
			return e.slot
		}
		if e.name == "" {
			return unknown
		}
	}
}
