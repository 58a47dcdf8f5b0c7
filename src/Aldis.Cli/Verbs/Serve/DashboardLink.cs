using System.Text;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>Where the dashboard of a data directory is shown, kept for <c>aldis dashboard</c>: its address, without the token.</summary>
internal static class DashboardLink
{
    private const string Name = "dashboard.url";
    private const int Longest = 512;

    /// <summary>Keeps it.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="link">The link, whose token is left out.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string directory, Uri link)
    {
        string path = Path.Combine(directory, Name);
        WholeFile.Put(FileStorage.Instance, path, path + ".new", Encoding.ASCII.GetBytes(link.GetLeftPart(UriPartial.Path) + "\n"));
    }

    /// <summary>Reads it.</summary>
    /// <param name="directory">The data directory.</param>
    /// <returns>Null where no server has shown one there, or the file is none of ours.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Uri? Read(string directory)
    {
        using IStorageFile? file = FileStorage.Instance.OpenRead(Path.Combine(directory, Name));
        byte[] bytes = new byte[Longest];
        string text = Encoding.ASCII.GetString(bytes, 0, file?.Read(0, bytes) ?? 0).TrimEnd();
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? link) && link.Scheme is "http" or "https" ? link : null;
    }
}
