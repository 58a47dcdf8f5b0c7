using Aldis.Journal.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Storage;

/// <summary>What the system tells of a file that somebody else has laid hands on while it was written.</summary>
public sealed class FileChangeTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public FileChangeTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells.");

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("nothing", null)]
    [InlineData("written", null)]
    [InlineData("deleted", "is not there any more")]
    [InlineData("moved", "is not there any more")]
    [InlineData("directory moved", "is not there any more")]
    [InlineData("replaced", "is another file now")]
    [InlineData("replaced by a copy", "is another file now")]
    [InlineData("directory replaced", "is another file now")]
    [InlineData("replaced by a directory", "is another file now")]
    [InlineData("cut", "was cut to 2 bytes: at least 5 were there")]
    [InlineData("emptied", "was cut to 0 bytes: at least 5 were there")]
    public void Each_harm_is_told_by_its_name(string harm, string? told)
    {
        string directory = Directory.CreateDirectory(_root.Combine("d")).FullName;
        string path = Path.Combine(directory, "f");
        using IStorageFile file = FileStorage.Instance.OpenWrite(path);
        file.Write(0, "hello"u8);
        Assert.Null(FileStorage.Instance.FindChange(path, file, 5));

        switch (harm)
        {
            case "written":
                file.Write(5, " world"u8);
                break;
            case "deleted":
                File.Delete(path);
                break;
            case "moved":
                File.Move(path, _root.Combine("elsewhere"));
                break;
            case "directory moved":
                Directory.Move(directory, _root.Combine("elsewhere"));
                break;
            case "replaced":
                File.WriteAllText(path + ".new", "somebody's");
                File.Move(path + ".new", path, overwrite: true);
                break;
            case "replaced by a copy":
                File.Copy(path, path + ".copy");
                File.Move(path + ".copy", path, overwrite: true);
                break;
            case "directory replaced":
                Directory.Move(directory, _root.Combine("elsewhere"));
                Directory.CreateDirectory(directory);
                File.WriteAllText(path, "somebody's");
                break;
            case "replaced by a directory":
                File.Delete(path);
                Directory.CreateDirectory(path);
                break;
            case "cut":
                Cut(path, 2);
                break;
            case "emptied":
                Cut(path, 0);
                break;
        }

        string? change = FileStorage.Instance.FindChange(path, file, 5);

        Assert.True(told is null ? change is null : change?.StartsWith(told, StringComparison.Ordinal) == true, change);
    }

    // As truncate(1) does; the runtime's own ways ask for the lock of the writer.
    private static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }
}
