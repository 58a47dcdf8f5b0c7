using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Aldis.Services.Native;

/// <summary>
/// The client ids that a client's certificate names: the common names of its subject, the DNS names among its alternative names (RFC 5280
/// section 4.2.1.6), and what stands last in the path of a URI there (<c>spiffe://plant/pump-7</c>, <c>aldis:pump-7</c>). Ids are compared
/// exactly; there are no wildcards.
/// </summary>
internal static class CertificateIds
{
    private const string CommonName = "2.5.4.3";
    private const string AlternativeNames = "2.5.29.17";
    private const int DnsTag = 2;
    private const int UriTag = 6;

    /// <summary>Finds the ids.</summary>
    /// <param name="certificate">The certificate; somebody has vouched for it.</param>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        var ids = new List<string>();
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonName && part.GetSingleElementValue() is { } name)
            {
                ids.Add(name);
            }
        }

        if (certificate.Extensions[AlternativeNames] is { } names)
        {
            try
            {
                AsnReader sequence = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
                while (sequence.HasData)
                {
                    Asn1Tag tag = sequence.PeekTag();
                    if (tag.TagClass == TagClass.ContextSpecific && tag.TagValue is DnsTag or UriTag)
                    {
                        string text = sequence.ReadCharacterString(UniversalTagNumber.IA5String, tag);
                        ids.Add(tag.TagValue == DnsTag ? text : text[(text.LastIndexOfAny(['/', ':']) + 1)..]);
                    }
                    else
                    {
                        sequence.ReadEncodedValue();
                    }
                }
            }
            catch (AsnContentException)
            {
                // What cannot be read names nobody.
            }
        }

        return ids;
    }
}
