using System.Text;
using Aldis.Protocols.Files;

namespace Aldis.Services.Tests.Inbox;

/// <summary>Manifests of somebody who wants to write where he may not, or to be taken for somebody else; the seed decides.</summary>
internal static class EvilManifest
{
    private static readonly string[] Names =
    [
        "a", "A", "b", "caf\u00E9", "cafe\u0301", "\u212B", "\u00C5", "stra\u00DFe", "STRASSE", "\u0131", "k", "\u212A", "d", "D",
        "..", ".", string.Empty, "/", "\\", "..\\..\\x", "C:", "c:\\x", "a:b", "file.txt:zone", "\u2044", "\uFF0F..\uFF0F", "\u2024\u2024",
        "nul", "CON.txt", "aux", "com1", "LPT\u00B9", "con.", "a.", "a ", "...", " ", "\0", "a\nb", "\u001b[2J", "\u202Egpj.exe", "\u200B",
        "\uFEFF", "\u3164", "\u00A0", "\uFFFE", "\U000E0001", ".aldis-parts", ".ALDIS-PARTS", "x.0123abcd-1.part", ".ssh",
        "authorized_keys", "link", "outside", "secret", "~", "-rf", "$(id)", "etc", "passwd",
    ];

    private static readonly string[] Targets =
    [
        "a", "../a", "..", "../..", "../../outside", "/etc/passwd", "/", "d/../../outside", "link/../../outside", ".", "./a", "a/../b",
        "\0", "C:\\x", "\\\\x\\y",
        "../outside/secret", "../../../../../../etc/passwd", "a\nb", "d/link",
    ];

    /// <summary>Makes one; the paths of some entries are no UTF-8.</summary>
    public static List<ManifestEntry> Make(Random random)
    {
        var entries = new List<ManifestEntry>();
        for (int count = random.Next(1, 13); count > 0; count--)
        {
            byte[] path = Encoding.UTF8.GetBytes(Path(random));
            if (random.Next(12) == 0 && path.Length > 0)
            {
                path[random.Next(path.Length)] = (byte)random.Next(0x80, 0x100);
            }

            FileEntryKind kind = random.Next(5) switch { 0 => FileEntryKind.Directory, 1 => FileEntryKind.Link, _ => FileEntryKind.File };
            entries.Add(new ManifestEntry
            {
                Kind = kind,
                Path = path,
                Size = kind == FileEntryKind.File ? Size(random) : 0,
                ModifiedNs = random.Next(2) == 0 ? 0 : long.MaxValue >> random.Next(4),
                Mode = random.Next(0x1000),
                Target = kind == FileEntryKind.Link ? Encoding.UTF8.GetBytes(Targets[random.Next(Targets.Length)]) : default,
            });
        }

        return entries;
    }

    private static string Path(Random random) => random.Next(40) switch
    {
        0 => new string('a', 5000),
        1 => string.Join('/', Enumerable.Repeat("a", 2500)),
        2 => string.Concat(Enumerable.Repeat("../", random.Next(1, 20))) + "outside/secret",
        3 => "/" + Names[random.Next(Names.Length)],
        4 => new string('\u00E9', random.Next(100, 200)),
        5 => "link/" + Names[random.Next(Names.Length)],
        _ => string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Name(random))),
    };

    private static string Name(Random random) => random.Next(3) == 0 ? Names[random.Next(Names.Length)] : $"honest-{random.Next(300)}";

    private static long Size(Random random) => random.Next(12) switch
    {
        0 => long.MaxValue,
        1 => ManifestEntry.UnknownSize,
        2 => 40_000,
        _ => random.Next(100),
    };
}
