using System.Runtime.InteropServices;
using Aldis.Journal.Storage;
using Aldis.Transports.Randomness;

namespace Aldis.Transports.Arq;

/// <summary>
/// Keeps a listener's secret across restarts: with the same secret a restarted server can prove to the peers of its predecessor that
/// their connections are gone (RESET, docs/arq.md), instead of leaving them to their time-outs. Whoever reads the secret can end
/// connections, so nobody else may.
/// </summary>
internal static partial class ArqSecretFile
{
    private const int SecretBytes = 32;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the secret, or makes one where there is none.</summary>
    /// <param name="path">The file; its directory is created where it is missing.</param>
    /// <returns>32 bytes.</returns>
    /// <exception cref="InvalidDataException">The file is no secret or others may read it; the message says what to do.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static byte[] LoadOrCreate(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            Create(path);
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & OfOthers) != UnixFileMode.None)
        {
            throw new InvalidDataException($"others may read the secret in '{path}': take that from them (chmod 600), or delete it to have a new one.");
        }

        if (file.Length != SecretBytes)
        {
            throw new InvalidDataException(
                $"'{path}' has {file.Length} bytes, and a secret has {SecretBytes}: delete it to have a new one.");
        }

        byte[] secret = new byte[SecretBytes];
        file.ReadExactly(secret);
        return secret;
    }

    /// <summary>Puts a whole file in place at once, so that another server that starts now reads this secret or none.</summary>
    private static void Create(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _ = OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(directory)
            : Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        string draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using (var file = new FileStream(draft, options))
            {
                file.Write(SystemRandom.GetBytes(SecretBytes));
                NativeSync.SyncData(file.SafeFileHandle);
            }

            // A move on Unix looks first and renames then, and could replace what another server has put there in between; link(2) cannot.
            if (OperatingSystem.IsWindows() || Link(draft, path) != 0)
            {
                File.Move(draft, path);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another server was quicker; its secret is read.
        }
        finally
        {
            File.Delete(draft);
        }

        NativeSync.SyncDirectory(directory);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string added);
}
