using Aldis.Transports.Tls;

namespace Aldis.Cli;

/// <summary>What of the command needs OpenSSL, and says so where it is missing.</summary>
internal static class OpenSslNeed
{
    /// <summary>Asks for it.</summary>
    /// <param name="user">What needs it, the beginning of a sentence.</param>
    /// <exception cref="UsageException">It is not installed.</exception>
    public static void Require(string user)
    {
        if (OpenSsl.WhyNot(user) is { } why)
        {
            throw new UsageException(why + ".");
        }
    }

    /// <summary>Asks for it for messages in a database: passwords are proven with it.</summary>
    /// <exception cref="UsageException">It is not installed.</exception>
    public static void RequireForDatabase() => Require("a store in PostgreSQL");
}
