using System.Runtime.InteropServices;

namespace Aldis.Transports.Tls;

/// <summary>
/// OpenSSL, which does the runtime's cryptography on Linux. Where it is not installed the runtime ends the process at the first use of it, so whatever
/// needs it asks here before.
/// </summary>
internal static class OpenSsl
{
    // Which one the runtime is to take, and the names it looks for otherwise (opensslshim.c of dotnet/runtime).
    private const string Override = "CLR_OPENSSL_VERSION_OVERRIDE";

    private static readonly string[] Versions = ["3", "1.1", "1.0.2", "1.0.0", "10"];

    private static readonly Lazy<bool> Found = new(static () => !OperatingSystem.IsLinux()
        || IsInstalled(static name => NativeLibrary.TryLoad(name, out _), Environment.GetEnvironmentVariable(Override)));

    /// <summary>Whether the runtime's cryptography can be used; true on systems that bring their own.</summary>
    public static bool IsThere => Found.Value;

    /// <summary>What to say to somebody who asks for what cannot be done without it.</summary>
    /// <param name="user">What needs it, the beginning of the sentence.</param>
    /// <returns>A sentence without its full stop; null where it is there.</returns>
    public static string? WhyNot(string user) => IsThere ? null : Refusal(user);

    /// <summary>Whether a system has one that the runtime finds.</summary>
    /// <param name="load">Loads a library by its name, and says whether there is one.</param>
    /// <param name="version">The version that is asked for before all others; null or empty where none is.</param>
    internal static bool IsInstalled(Func<string, bool> load, string? version) =>
        (string.IsNullOrEmpty(version) ? Versions : [version, .. Versions]).Any(one => load("libssl.so." + one));

    /// <inheritdoc cref="WhyNot"/>
    internal static string Refusal(string user) =>
        $"{user} needs OpenSSL (libssl.so.3), which is not installed: install the package libssl3, or whatever brings it here";
}
