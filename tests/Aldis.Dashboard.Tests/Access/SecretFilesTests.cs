using Aldis.Dashboard.Access;
using Aldis.Tests;

namespace Aldis.Dashboard.Tests.Access;

/// <summary>Token and key on disk.</summary>
public sealed class SecretFilesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_made_once_is_read_again_and_belongs_to_its_owner_alone()
    {
        AccessSecrets first = SecretFiles.LoadOrCreate(_directory.Path);
        AccessSecrets second = SecretFiles.LoadOrCreate(_directory.Path);
        Assert.Equal(first.Token, second.Token);
        Assert.Equal(first.SessionKey.ToArray(), second.SessionKey.ToArray());
        Assert.Equal(first.Token, SecretFiles.FindToken(_directory.Path));
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(Own, File.GetUnixFileMode(_directory.Combine(SecretFiles.TokenName)));
            Assert.Equal(Own, File.GetUnixFileMode(_directory.Combine(SecretFiles.KeyName)));
        }

        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public void A_token_is_made_anew_when_asked_for_and_the_key_stays()
    {
        AccessSecrets first = SecretFiles.LoadOrCreate(_directory.Path);
        byte[] key = File.ReadAllBytes(_directory.Combine(SecretFiles.KeyName));
        Assert.NotEqual(first.Token, SecretFiles.LoadOrCreate(_directory.Path, renew: true).Token);
        Assert.Equal(key, File.ReadAllBytes(_directory.Combine(SecretFiles.KeyName)));
    }

    [Theory]
    [InlineData(SecretFiles.TokenName, "short\n")]
    [InlineData(SecretFiles.TokenName, "a token with spaces in it, long as it may be ever so long\n")]
    [InlineData(SecretFiles.KeyName, "short")]
    public void A_file_that_is_no_secret_is_refused_with_what_to_do(string name, string content)
    {
        _ = SecretFiles.LoadOrCreate(_directory.Path);
        File.WriteAllText(_directory.Combine(name), content);
        string message = Assert.Throws<InvalidDataException>(() => SecretFiles.LoadOrCreate(_directory.Path)).Message;
        Assert.Contains("delete it to have a new one", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SecretFiles.TokenName)]
    [InlineData(SecretFiles.KeyName)]
    public void A_secret_that_others_may_read_is_refused(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        _ = SecretFiles.LoadOrCreate(_directory.Path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_directory.Combine(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }

        string message = Assert.Throws<InvalidDataException>(() => SecretFiles.LoadOrCreate(_directory.Path)).Message;
        Assert.Contains("chmod 600", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_runs_takes_the_new_token_within_a_second_and_the_old_one_no_more()
    {
        var time = new VirtualTime();
        var watch = new SecretsWatch(_directory.Path, time);
        string old = watch.Current.Token;
        File.SetLastWriteTimeUtc(_directory.Combine(SecretFiles.TokenName), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        string fresh = SecretFiles.LoadOrCreate(_directory.Path, renew: true).Token;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(watch.Current.IsToken(fresh));
        Assert.False(watch.Current.IsToken(old));
    }

    [Fact]
    public void A_token_that_was_spoilt_while_the_server_runs_lets_nobody_in()
    {
        var time = new VirtualTime();
        var watch = new SecretsWatch(_directory.Path, time);
        string old = watch.Current.Token;
        File.WriteAllText(_directory.Combine(SecretFiles.TokenName), "spoilt");
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(watch.Current.IsToken(old));
        Assert.False(watch.Current.IsToken("spoilt"));
    }
}
