namespace Aldis.Protocols.Dialing;

/// <summary>In which order the addresses of a name are tried (RFC 8305 section 4).</summary>
internal static class AddressOrder
{
    /// <summary>
    /// Lets the address families take turns, beginning with the family of the first address, so that a family that does not work costs
    /// one attempt delay and not one for each of its addresses. Within a family the order stays; an address that comes twice counts once.
    /// </summary>
    /// <typeparam name="T">An address.</typeparam>
    /// <typeparam name="TFamily">What tells the families apart.</typeparam>
    /// <param name="addresses">The addresses, best first, as the system sorted them (RFC 6724).</param>
    /// <param name="familyOf">The family of an address.</param>
    /// <returns>The same addresses in the order in which to try them.</returns>
    public static IReadOnlyList<T> Interleave<T, TFamily>(IEnumerable<T> addresses, Func<T, TFamily> familyOf)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        ArgumentNullException.ThrowIfNull(familyOf);
        Queue<T>[] families = [.. addresses.Distinct().GroupBy(familyOf).Select(static family => new Queue<T>(family))];
        var order = new List<T>();
        while (Array.Exists(families, static family => family.Count > 0))
        {
            foreach (Queue<T> family in families)
            {
                if (family.TryDequeue(out T? address))
                {
                    order.Add(address);
                }
            }
        }

        return order;
    }
}
