using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>
/// On Linux the runtime's random numbers and hashes are OpenSSL's, and it ends the process where that is not installed: nothing that has to go
/// without it may use them (docs/install.md).
/// </summary>
public sealed partial class CryptographyTests
{
    // Who may, and why.
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["src/Aldis.Transports/Randomness/SystemRandom.cs"] = "Where there is no Linux the runtime asks the system.",
        ["src/Aldis.Services/Integrity/ContentHashes.cs"] = "Whole files are hashed faster by OpenSSL, which is asked for before.",
    };

    [Fact]
    public void Only_named_places_use_the_random_numbers_and_hashes_of_the_runtime()
    {
        string root = RoomTests.Root();
        IEnumerable<string> users = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => Uses(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(root, file));
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), users.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("byte[] key = RandomNumberGenerator.GetBytes(16);")]
    [InlineData("SHA256.HashData(text)")]
    [InlineData("using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);")]
    [InlineData("HMACSHA256.HashData(key, data, code);")]
    [InlineData("MD5.HashData(text)")]
    public void A_use_is_found_out(string line) => Assert.True(Uses(line));

    [Theory]
    [InlineData("Sha256.HashData(text)")]
    [InlineData("new CertificateRequest(subject, key, HashAlgorithmName.SHA256)")]
    [InlineData("CryptographicOperations.FixedTimeEquals(one, other)")]
    public void What_needs_no_library_or_stands_behind_one_that_was_asked_for_is_none(string line) => Assert.False(Uses(line));

    private static bool Uses(string text) => UseRegex().IsMatch(text);

    [GeneratedRegex(
        @"\b(RandomNumberGenerator|IncrementalHash|HMAC(SHA\d+|MD5)|Rfc2898DeriveBytes|HKDF|Aes\w*|(SHA\d+|SHA3_\d+|MD5)\.\w+)\b",
        RegexOptions.ExplicitCapture,
        5000)]
    private static partial Regex UseRegex();
}
