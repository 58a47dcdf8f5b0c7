using System.Net;

namespace Aldis.Transports.Dialing;

/// <summary>What became of one address of a name.</summary>
/// <param name="Server">The address.</param>
/// <param name="State">How far it came.</param>
/// <param name="Failure">Why it failed, where it did.</param>
internal readonly record struct Attempt(IPEndPoint Server, AttemptState State, Exception? Failure);
