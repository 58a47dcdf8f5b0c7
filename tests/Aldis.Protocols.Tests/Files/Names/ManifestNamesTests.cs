using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;

namespace Aldis.Protocols.Tests.Files.Names;

public sealed class ManifestNamesTests
{
    [Theory]
    [InlineData("/etc/passwd", nameof(NameFault.Absolute))]
    [InlineData("//server/share", nameof(NameFault.Absolute))]
    [InlineData("C:/Windows/a", nameof(NameFault.Absolute))]
    [InlineData("c:a", nameof(NameFault.Absolute))]
    [InlineData("..", nameof(NameFault.Traversal))]
    [InlineData("a/../../b", nameof(NameFault.Traversal))]
    [InlineData("./a", nameof(NameFault.Traversal))]
    [InlineData("a//b", nameof(NameFault.EmptyComponent))]
    [InlineData("a/", nameof(NameFault.EmptyComponent))]
    [InlineData("a\\..\\b", nameof(NameFault.Backslash))]
    [InlineData("ab:stream", nameof(NameFault.Colon))]
    [InlineData("\u001b[2Ja", nameof(NameFault.ControlCharacter))]
    [InlineData("a\nb", nameof(NameFault.ControlCharacter))]
    [InlineData("a\u007f", nameof(NameFault.ControlCharacter))]
    [InlineData("a\u0085", nameof(NameFault.ControlCharacter))]
    [InlineData("a\u202Egpj.exe", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\u200B", nameof(NameFault.InvisibleCharacter))]
    [InlineData("\uFEFFa", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\u00A0b", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\u2028b", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\u3164b", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\uE000b", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\uFFFEb", nameof(NameFault.InvisibleCharacter))]
    [InlineData("a\U000E0041b", nameof(NameFault.InvisibleCharacter))]
    [InlineData("nul", nameof(NameFault.DeviceName))]
    [InlineData("x/COM1.txt", nameof(NameFault.DeviceName))]
    [InlineData("Lpt\u00B2.a.b", nameof(NameFault.DeviceName))]
    [InlineData("aux .c", nameof(NameFault.DeviceName))]
    [InlineData("CONIN$", nameof(NameFault.DeviceName))]
    [InlineData("a.", nameof(NameFault.TrailingDotOrSpace))]
    [InlineData("a /b", nameof(NameFault.TrailingDotOrSpace))]
    [InlineData("...", nameof(NameFault.TrailingDotOrSpace))]
    [InlineData("a.txt.0123abcd-1.part", nameof(NameFault.Reserved))]
    [InlineData("x/A.TXT.0123ABCD-1.PART", nameof(NameFault.Reserved))]
    [InlineData(".aldis-parts/a", nameof(NameFault.Reserved))]
    [InlineData(".Aldis-Part\u017F", nameof(NameFault.Reserved))]
    public void A_name_that_leads_elsewhere_or_deceives_is_not_taken(string path, string fault)
    {
        NameVerdict verdict = Check(File(path))[0];
        Assert.Equal(Enum.Parse<NameFault>(fault), verdict.Fault);
        Assert.Empty(verdict.Path);
        Assert.NotEmpty(NameFaultText.Describe(verdict.Fault));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c.tar.gz")]
    [InlineData(".ssh")]
    [InlineData("..a")]
    [InlineData("a..b")]
    [InlineData(" a b")]
    [InlineData("COM10")]
    [InlineData("console")]
    [InlineData("com")]
    [InlineData("file.part")]
    [InlineData("what?.txt")]
    [InlineData("\u30D5\u30A1\u30A4\u30EB")]
    [InlineData("\u2764\uFE0F.png")]
    public void An_honest_name_is_taken_as_it_is(string path) =>
        Assert.Equal(new NameVerdict(NameFault.None, path, string.Empty), Check(File(path))[0]);

    [Fact]
    public void A_name_is_stored_in_normalization_form_C() =>
        Assert.Equal("caf\u00E9/\u00C5", Check(File("cafe\u0301/\u212B"))[0].Path);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_not_taken()
    {
        byte[][] paths = [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [(byte)'a', 0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80]];
        foreach (byte[] path in paths)
        {
            Assert.Equal(NameFault.NotUtf8, Check(new ManifestEntry { Kind = FileEntryKind.File, Path = path })[0].Fault);
        }
    }

    [Fact]
    public void Lengths_are_bounded_in_bytes()
    {
        Assert.Equal(NameFault.None, Check(File(new string('a', 255)))[0].Fault);
        Assert.Equal(NameFault.LongComponent, Check(File(new string('a', 256)))[0].Fault);
        Assert.Equal(NameFault.LongComponent, Check(File(new string('\u00E9', 128)))[0].Fault);
        Assert.Equal(NameFault.None, Check(File(string.Join('/', Enumerable.Repeat("a", PathRule.MaxDepth))))[0].Fault);
        Assert.Equal(NameFault.TooDeep, Check(File(string.Join('/', Enumerable.Repeat("a", PathRule.MaxDepth + 1))))[0].Fault);
        Assert.Equal(NameFault.LongPath, Check(File(string.Join('/', Enumerable.Repeat(new string('a', 250), 20))))[0].Fault);
    }

    [Theory]
    [InlineData("a", "a", nameof(NameFault.Repeated))]
    [InlineData("x/a", "x/A", nameof(NameFault.Collides))]
    [InlineData("caf\u00E9", "CAFE\u0301", nameof(NameFault.Collides))]
    [InlineData("x/a", "X/b", nameof(NameFault.Collides))]
    [InlineData("a", "a/b", nameof(NameFault.BelowFile))]
    [InlineData("a/b", "a", nameof(NameFault.BelowFile))]
    [InlineData("a", "A/b", nameof(NameFault.Collides))]
    public void Of_two_names_that_may_be_one_neither_is_taken_and_their_neighbour_is(string one, string other, string fault)
    {
        NameFault expected = Enum.Parse<NameFault>(fault);
        IReadOnlyList<NameVerdict> verdicts = Check(File(one), File("y/neighbour"), File(other));
        Assert.Equal([expected, NameFault.None, expected], verdicts.Select(verdict => verdict.Fault));
    }

    [Fact]
    public void A_directory_and_what_is_in_it_are_both_taken_and_given_from_above()
    {
        var names = new ManifestNames([Entry("d", FileEntryKind.Directory), File("d/a"), File("e/f/b"), File("d/a/c")]);
        Assert.Equal(
            [NameFault.None, NameFault.BelowFile, NameFault.None, NameFault.BelowFile], names.Verdicts.Select(verdict => verdict.Fault));
        Assert.Equal([string.Empty, "d", "e", "e/f"], new[] { string.Empty }.Concat(names.Directories()));
    }

    [Fact]
    public void What_is_on_the_disk_in_another_case_is_not_taken_again_and_what_is_below_it_neither()
    {
        var names = new ManifestNames([File("readme"), File("src/a"), File("docs/b"), File("other/c")]);
        names.CompareWithDisk(string.Empty, ["README", "Src", "docs", "\uD800"]);
        names.CompareWithDisk("docs", ["B"]);
        names.CompareWithDisk("none", ["x"]);
        names.CompareWithDisk("docs/b", ["x"]);
        Assert.Equal(
            [NameFault.CollidesOnDisk, NameFault.CollidesOnDisk, NameFault.CollidesOnDisk, NameFault.None],
            names.Verdicts.Select(verdict => verdict.Fault));
        Assert.Equal(["docs", "other"], names.Directories());
    }

    [Theory]
    [InlineData("a", "b", "b")]
    [InlineData("x/a", "../b", "../b")]
    [InlineData("x/y/a", "../..", "../..")]
    [InlineData("x/a", "cafe\u0301/d", "caf\u00E9/d")]
    [InlineData("a", "../b", null)]
    [InlineData("x/a", "../../b", null)]
    [InlineData("a", "/etc/passwd", null)]
    [InlineData("x/a", "b/../../c", null)]
    [InlineData("x/a", "b/..", null)]
    [InlineData("a", "b\\c", null)]
    [InlineData("a", "C:", null)]
    [InlineData("a", "", null)]
    [InlineData("a", ".aldis-parts/x", null)]
    [InlineData("a", "x\u202E", null)]
    public void A_link_is_taken_where_its_target_stays_inside(string path, string target, string? stored)
    {
        NameVerdict verdict = Check(Entry(path, FileEntryKind.Link, target))[0];
        Assert.Equal(stored is null ? NameFault.TargetOutside : NameFault.None, verdict.Fault);
        Assert.Equal(stored ?? string.Empty, verdict.Target);
    }

    [Fact]
    public void Every_fault_has_its_own_words()
    {
        NameFault[] faults = [.. Enum.GetValues<NameFault>().Except([NameFault.None])];
        Assert.Equal(faults.Length, faults.Select(NameFaultText.Describe).Distinct(StringComparer.Ordinal).Count());
    }

    private static IReadOnlyList<NameVerdict> Check(params ManifestEntry[] entries) => new ManifestNames(entries).Verdicts;

    private static ManifestEntry File(string path) => Entry(path, FileEntryKind.File);

    private static ManifestEntry Entry(string path, FileEntryKind kind, string target = "") =>
        new() { Kind = kind, Path = Encoding.UTF8.GetBytes(path), Target = Encoding.UTF8.GetBytes(target) };
}
