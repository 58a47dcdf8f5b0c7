using Aldis.Transports;

namespace Aldis.Cli;

/// <summary>What the command's exit status means; repeated in <c>aldis --help</c>.</summary>
internal static class ExitCode
{
    public const int Confirmed = 0;
    public const int NetworkError = 1;
    public const int UsageOrLocalError = 2;
    public const int Timeout = 3;
    public const int Refused = 4;
    public const int IntegrityMismatch = 5;
    public const int PartlyConfirmed = 6;
    public const int AuthenticationFailed = 7;
    public const int ExpectationFailed = 8;
    public const int Fault = 70;
    public const int HungUp = 129;
    public const int Interrupted = 130;
    public const int OutputClosed = 141;
    public const int Terminated = 143;

    public static int Of(CommunicationFailure failure) => failure switch
    {
        CommunicationFailure.Network => NetworkError,
        CommunicationFailure.Timeout => Timeout,
        CommunicationFailure.Refused => Refused,
        CommunicationFailure.Integrity => IntegrityMismatch,
        CommunicationFailure.Authentication => AuthenticationFailed,
        _ => NetworkError,
    };
}
