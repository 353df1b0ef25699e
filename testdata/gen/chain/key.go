package chain

import (
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"sync"
	"time"

	"trailsift/testdata/gen/activity"
)

// Key signs digests. Anybody can derive it from its seed: a DEMO KEY, never to be trusted.
type Key struct {
	private     *rsa.PrivateKey
	DER         []byte // PKCS#1 RSAPublicKey, what list-public-keys calls Value
	Fingerprint string // MD5 of DER, as CloudTrail names keys
	From, To    time.Time
}

// KeyNames are the DEMO KEYS. There are no others: the program knows them by the SHA-256 of their DER.
var KeyNames = [3]string{"us-east-1 a", "eu-west-1 a", "us-east-1 b"}

// demoSeed stands before the name of every key.
const demoSeed = "trailsift public DEMO KEY, worth nothing: "

// NewKey derives an RSA-2048 key from its name. Go's own key generation mixes in the system's randomness
// whatever reader it is given, so the primes are searched here.
func NewKey(name string, from time.Time) *Key {
	known, ok := derived.Load(name)
	if !ok {
		known, _ = derived.LoadOrStore(name, derive(demoSeed+name))
	}
	k := known.(*rsa.PrivateKey)
	der := x509.MarshalPKCS1PublicKey(&k.PublicKey)
	sum := md5.Sum(der)
	return &Key{private: k, DER: der, Fingerprint: hex.EncodeToString(sum[:]), From: from, To: from.Add(30 * 24 * time.Hour)}
}

// derived holds keys by name, because searching primes is the slow part of a small corpus.
var derived sync.Map

func derive(seed string) *rsa.PrivateKey {
	e := big.NewInt(65537)
	p, q := prime(seed+"/p", e), prime(seed+"/q", e)
	one := big.NewInt(1)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537},
		D:         new(big.Int).ModInverse(e, phi),
		Primes:    []*big.Int{p, q},
	}
	k.Precompute()
	return k
}

// prime is the first 1024-bit prime after a number drawn from seed that fits the exponent e.
func prime(seed string, e *big.Int) *big.Int {
	var raw []byte
	for i := range uint32(4) {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(seed), i))
		raw = append(raw, sum[:]...)
	}
	raw[0] |= 0xc0 // two top bits, so that the product has 2048
	raw[127] |= 1
	n, two := new(big.Int).SetBytes(raw), big.NewInt(2)
	for rest := new(big.Int); ; n.Add(n, two) {
		if rest.Mod(n, e).Cmp(big.NewInt(1)) != 0 && n.ProbablyPrime(20) {
			return n
		}
	}
}

// SHA256 of the key's DER: how the program recognises a demo key.
func (k *Key) SHA256() string {
	sum := sha256.Sum256(k.DER)
	return hex.EncodeToString(sum[:])
}

// PublicKeys is the answer of aws cloudtrail list-public-keys for these keys.
func PublicKeys(keys ...*Key) []byte {
	var list []activity.Object
	for _, k := range keys {
		list = append(list, activity.Object{
			{Name: "Value", Value: base64.StdEncoding.EncodeToString(k.DER)}, {Name: "ValidityStartTime", Value: k.From.Format(time.RFC3339)},
			{Name: "ValidityEndTime", Value: k.To.Format(time.RFC3339)}, {Name: "Fingerprint", Value: k.Fingerprint},
		})
	}
	return append(activity.Object{{Name: "PublicKeyList", Value: list}}.AppendJSON(nil), '\n')
}
