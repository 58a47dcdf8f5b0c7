namespace Aldis.Services.Hosting;

/// <summary>What stops have in common.</summary>
internal static class StopCauses
{
    /// <summary>Whether what is in flight is finished, and only nothing new is taken.</summary>
    /// <param name="cause">Why the handler should end.</param>
    public static bool IsGentle(this StopCause cause) => cause is StopCause.Draining or StopCause.Revoked or StopCause.Disconnected;
}
