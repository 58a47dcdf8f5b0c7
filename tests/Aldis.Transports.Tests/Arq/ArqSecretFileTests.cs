using Aldis.Transports.Arq;

namespace Aldis.Transports.Tests.Arq;

public sealed class ArqSecretFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-secret-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_secret_is_made_once_for_its_owner_alone_and_read_from_then_on()
    {
        string path = Path.Combine(_directory, "data", "arq.secret");

        byte[] first = ArqSecretFile.LoadOrCreate(path);

        Assert.Equal(32, first.Length);
        Assert.Equal(first, ArqSecretFile.LoadOrCreate(path));
        Assert.Equal(["arq.secret"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(own, File.GetUnixFileMode(path));
            Assert.Equal(own | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public void Servers_that_start_at_once_have_the_same_secret()
    {
        string path = Path.Combine(_directory, "arq.secret");
        byte[][] secrets = new byte[16][];

        Parallel.For(0, secrets.Length, index => secrets[index] = ArqSecretFile.LoadOrCreate(path));

        Assert.All(secrets, secret => Assert.Equal(secrets[0], secret));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public void A_secret_that_others_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = Path.Combine(_directory, "arq.secret");
        ArqSecretFile.LoadOrCreate(path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => ArqSecretFile.LoadOrCreate(path));

        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void A_file_of_another_length_is_refused(int length)
    {
        string path = Path.Combine(_directory, "arq.secret");
        ArqSecretFile.LoadOrCreate(path);
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.SetLength(length);
        }

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => ArqSecretFile.LoadOrCreate(path));

        Assert.Contains($"has {length} bytes", refusal.Message, StringComparison.Ordinal);
    }
}
